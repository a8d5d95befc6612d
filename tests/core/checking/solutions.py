"""Layers of part 1 as people write them, right; a test changes one line of them."""

LOOPS = """
def my_conv(x, w, b=None, stride=1, padding=0):
    n, c, h, width = x.shape
    o, _, k, _ = w.shape
    padded = torch.zeros(n, c, h + 2 * padding, width + 2 * padding, dtype=x.dtype)
    padded[:, :, padding : padding + h, padding : padding + width] = x
    rows = (h + 2 * padding - k) // stride + 1
    columns = (width + 2 * padding - k) // stride + 1
    out = torch.zeros(n, o, rows, columns, dtype=x.dtype)
    for f in range(o):
        for i in range(rows):
            for j in range(columns):
                top, left = i * stride, j * stride
                window = padded[:, :, top : top + k, left : left + k]
                out[:, f, i, j] = (window * w[f]).sum(dim=(1, 2, 3))
        if b is not None:
            out[:, f] = out[:, f] + b[f]
    return out
"""
UNFOLDED = """
def my_conv(x, w, b=None, stride=1, padding=0):
    n, _, h, width = x.shape
    o, _, k, _ = w.shape
    rows = (h + 2 * padding - k) // stride + 1
    columns = (width + 2 * padding - k) // stride + 1
    unfolded = F.unfold(x, k, padding=padding, stride=stride)
    y = w.reshape(o, -1) @ unfolded
    if b is not None:
        y = y + b[:, None]
    return y.reshape(n, o, rows, columns)
"""
FOURIER = """
def my_conv(x, w, b=None, stride=1, padding=0):
    x = F.pad(x.float(), (padding,) * 4)
    size = [x.shape[2] + w.shape[2] - 1, x.shape[3] + w.shape[3] - 1]
    spectrum = torch.fft.rfft2(x, size)[:, None] * torch.fft.rfft2(w.float().flip(2, 3), size)[None]
    full = torch.fft.irfft2(spectrum.sum(2), size)
    out = full[..., w.shape[2] - 1 : x.shape[2], w.shape[3] - 1 : x.shape[3]]
    out = out[..., ::stride, ::stride]
    return out if b is None else out + b.float().view(1, -1, 1, 1)
"""
SINGLE = """
def my_conv(x, w, b=None, stride=1, padding=0):
    patches = F.pad(x, (padding,) * 4).unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    out = torch.einsum("nchwij,ocij->nohw", patches, w.to(torch.float32))
    return out if b is None else out + b.reshape(1, -1, 1, 1)
"""
LAYER = """
class MyConv2D(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True):
        super().__init__()
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        self.W = nn.Parameter(torch.randn(shape) * 0.05)
        self.b = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.stride, self.padding = stride, padding

    def forward(self, x):
        return my_conv(x, self.W, self.b, self.stride, self.padding)
"""
POOL = """
class MyMaxPool2D(nn.Module):
    def __init__(self, kernel_size, stride=None):
        super().__init__()
        self.k = kernel_size
        self.s = kernel_size if stride is None else stride

    def forward(self, x):
        n, c, h, w = x.shape
        rows, columns = (h - self.k) // self.s + 1, (w - self.k) // self.s + 1
        out = torch.zeros(n, c, rows, columns, dtype=x.dtype)
        for i in range(rows):
            for j in range(columns):
                top, left = i * self.s, j * self.s
                window = x[:, :, top : top + self.k, left : left + self.k]
                out[:, :, i, j] = window.reshape(n, c, -1).max(-1).values
        return out
"""
PADDED_POOL = """
class MyMaxPool2D(nn.Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.k, self.p = kernel_size, padding
        self.s = kernel_size if stride is None else stride

    def forward(self, x):
        x = F.pad(x, (self.p,) * 4, value=float("-inf"))
        return x.unfold(2, self.k, self.s).unfold(3, self.k, self.s).amax((-1, -2))
"""


def changed(code: str, old: str, new: str) -> str:
    """The code with one of its lines otherwise.

    Raises:
        ValueError: the line is not there.
    """
    if old not in code:
        raise ValueError(f"Expected {old!r} in the code.")
    return code.replace(old, new)
