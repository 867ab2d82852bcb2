"""secp256k1: strict DER and ECDSA verification (docs/formats.md, section 5, "Signatures").

Verifying handles public values only, so nothing here needs constant time. It is written for reading:
a signature takes some ten milliseconds.
"""

from .verdict import refuse_if

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


# Points are Jacobian (X, Y, Z) for (X/Z^2, Y/Z^3); Z = 0 is the point at infinity.
def double(point):
    x, y, z = point
    if y == 0 or z == 0:
        return (1, 1, 0)
    yy = y * y % P
    s = 4 * x * yy % P
    m = 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return (x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P)


def add(a, b):
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    za, zb = a[2] * a[2] % P, b[2] * b[2] % P
    ua, ub = a[0] * zb % P, b[0] * za % P
    sa, sb = a[1] * zb * b[2] % P, b[1] * za * a[2] % P
    if ua == ub:
        return double(a) if sa == sb else (1, 1, 0)
    h, r = ub - ua, sb - sa
    hh = h * h % P
    hhh = h * hh % P
    v = ua * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return (x3, (r * (v - x3) - sa * hhh) % P, h * a[2] * b[2] % P)


def multiply_two(u1, point, u2):
    """u1*G + u2*point, both walked at once (Shamir's trick)."""
    g, q = (*G, 1), (*point, 1)
    table = {(1, 0): g, (0, 1): q, (1, 1): add(g, q)}
    total = (1, 1, 0)
    for bit in range(255, -1, -1):
        total = double(total)
        pair = ((u1 >> bit) & 1, (u2 >> bit) & 1)
        if pair != (0, 0):
            total = add(total, table[pair])
    return total


def public_key(signer_id):
    """The point of a signer id (128 hex characters, x then y), or None if it is not on the curve."""
    x, y = int(signer_id[:64], 16), int(signer_id[64:], 16)
    return (x, y) if x < P and y < P and (y * y - x * x * x - 7) % P == 0 else None


def der_integer(octets, at):
    """One minimal, positive DER INTEGER of at most 33 bytes; returns it and where it ends."""
    refuse_if(len(octets) < at + 3 or octets[at] != 0x02, "bad-der")
    size = octets[at + 1]
    body = octets[at + 2 : at + 2 + size]
    refuse_if(not 1 <= size <= 33 or len(body) != size, "bad-der")
    refuse_if(body[0] >= 0x80, "bad-der")  # negative
    refuse_if(size > 1 and body[0] == 0 and body[1] < 0x80, "bad-der")  # padded
    return int.from_bytes(body, "big"), at + 2 + size


def signature(octets):
    """r and s of a strict DER signature; raises Refused."""
    refuse_if(not 8 <= len(octets) <= 72 or octets[0] != 0x30 or octets[1] != len(octets) - 2, "bad-der")
    r, at = der_integer(octets, 2)
    s, at = der_integer(octets, at)
    refuse_if(at != len(octets), "bad-der")
    refuse_if(not (1 <= r < N and 1 <= s < N), "bad-der")
    return r, s


def verify(digest, r, s, point):
    """True when (r, s) signs the 32-byte digest. High s is as good as low s."""
    z = int.from_bytes(digest, "big")
    w = pow(s, -1, N)
    x, _, zz = multiply_two(z * w % N, point, r * w % N)
    if zz == 0:
        return False
    return x * pow(zz * zz, -1, P) % P % N == r
