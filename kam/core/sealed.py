"""Sealed files: a stream encrypted in pieces with a key that is not inside, so that a changed or cut-off file is refused."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MARK = b"KAM sealed 1\n"
PIECE = 1024 * 1024
OVERHEAD = 16


class NotReadable(Exception):
    """The file was changed or cut off, or the key is not the one that it was sealed with."""


def _cipher(key: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(key.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealingWriter:
    """What is written to it goes to the stream encrypted; closing it writes the end, without which it is not readable."""

    def __init__(self, stream: BinaryIO, key: str) -> None:
        salt = os.urandom(16)
        self._stream, self._cipher, self._number, self._waiting = stream, _cipher(key, salt), 0, bytearray()
        stream.write(MARK + salt)

    def write(self, content: bytes) -> int:
        """Take some content."""
        self._waiting += content
        while len(self._waiting) > PIECE:
            self._emit(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        """Write the last piece."""
        self._emit(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _emit(self, piece: bytes, *, last: bool) -> None:
        self._stream.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, MARK))
        self._number += 1


def is_sealed(stream: BinaryIO) -> bool:
    """Does a sealed file begin here? The stream stays where it is."""
    found = stream.read(len(MARK)) == MARK
    stream.seek(0)
    return found


def opened(stream: BinaryIO, key: str) -> Iterator[bytes]:
    """The content of a sealed stream, in pieces. Raises NotReadable."""
    stream.read(len(MARK))
    cipher, number = _cipher(key, stream.read(16)), 0
    piece = stream.read(PIECE + OVERHEAD)
    while True:
        following = stream.read(PIECE + OVERHEAD)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, MARK)
        except InvalidTag:
            raise NotReadable from None
        if not following:
            return
        piece, number = following, number + 1
