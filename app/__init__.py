"""The interactive explainer: a Streamlit app over ``core``."""
