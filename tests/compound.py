"""Writes the compound files (OLE) that tests need: storages and streams by path, as Outlook's .msg has them."""

import itertools
import struct

SECTOR, MINI, CUTOFF = 512, 64, 4096
END, FREE, FAT_SECTOR, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def padded(content: bytes, size: int) -> bytes:
    """The content filled up to whole sectors."""
    return content + b"\0" * (-len(content) % size)


def compound_file(streams: dict[str, bytes]) -> bytes:
    """A compound file of these streams; a path with a slash stands in a storage."""
    names: list[tuple[str, bytes | None, int]] = [("Root Entry", None, -1)]
    folders: dict[str, int] = {"": 0}
    for path, content in streams.items():
        folder, _slash, name = path.rpartition("/")
        if folder not in folders:
            folders[folder] = len(names)
            names.append((folder, None, 0))
        names.append((name, content, folders[folder]))
    fat: list[int] = []
    sectors: list[bytes] = []

    def put(content: bytes) -> int:
        start = len(sectors)
        parts = [content[at : at + SECTOR] for at in range(0, len(content), SECTOR)]
        for number, part in enumerate(parts):
            sectors.append(padded(part, SECTOR))
            fat.append(start + number + 1 if number + 1 < len(parts) else END)
        return start

    mini, mini_fat, places = b"", list[int](), dict[int, tuple[int, int]]()
    for at, (_name, content, _parent) in enumerate(names):
        if content is None:
            continue
        if len(content) >= CUTOFF:
            places[at] = (put(content), len(content))
        else:
            start = len(mini) // MINI
            count = len(padded(content, MINI)) // MINI
            mini_fat += [start + number + 1 for number in range(count - 1)] + [END] * bool(count)
            places[at] = (start if count else END, len(content))
            mini += padded(content, MINI)
    places[0] = (put(mini), len(mini))
    mini_fat_start = put(padded(struct.pack(f"<{len(mini_fat)}I", *mini_fat), SECTOR))
    children: dict[int, list[int]] = {}
    for at, (_name, _content, parent) in enumerate(names):
        children.setdefault(parent, []).append(at)
    right = {}
    for group in children.values():
        ordered = sorted(group, key=lambda one: (len(names[one][0]), names[one][0].upper()))
        group[:] = ordered
        right.update(itertools.pairwise(ordered))
    directory = b""
    for at, (name, content, _parent) in enumerate(names):
        kind = 5 if at == 0 else 2 if content is not None else 1
        start, size = places.get(at, (0, 0))
        text = name.encode("utf-16-le") + b"\0\0"
        directory += text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
        directory += struct.pack("<III", NONE, right.get(at, NONE), (children.get(at) or [NONE])[0])
        directory += b"\0" * 36 + struct.pack("<IQ", start, size)
    directory_start = put(padded(directory, SECTOR))
    fat_sectors = -(-(len(fat) + 1) // (SECTOR // 4 - 1))
    fat_start = len(sectors)
    fat += [FAT_SECTOR] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat)
    table += struct.pack("<I", FREE) * ((fat_sectors * SECTOR - len(table)) // 4)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack(
            "<HHHHH6xIIIIIIIIII",
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            0,
            fat_sectors,
            directory_start,
            0,
            CUTOFF,
            mini_fat_start,
            -(-len(mini_fat) * 4 // SECTOR),
            END,
            0,
            fat_start,
        )
    )
    header = header[:76] + struct.pack(
        "<109I", *[fat_start + number for number in range(fat_sectors)], *[FREE] * (109 - fat_sectors)
    )
    return header + b"".join(sectors) + table
