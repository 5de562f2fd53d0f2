#!/usr/bin/env python3
"""Writes the two units behind weir_embed(): FUNCTION PATH ASSEMBLY TABLE. PATH is a folder, or empty."""
import json
import pathlib
import sys


def blobs(path):
    """(name, file) of everything to embed, in an order that does not depend on the file system."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [(file.relative_to(path).as_posix(), file) for file in files]


def assembly(function, found):
    lines = ["    .section .rodata"]
    for index, (_, file) in enumerate(found):
        symbol = f"weir_{function}_{index}"
        lines += [f"    .balign 16", f"    .global {symbol}", f"{symbol}:", f"    .incbin {json.dumps(str(file))}"]
    lines += ['    .section .note.GNU-stack,"",%progbits', ""]
    return "\n".join(lines)


def table(function, found):
    lines = ['#include "app/assets.hpp"', "", 'extern "C" {']
    lines += [f"extern const std::byte weir_{function}_{index}[];" for index in range(len(found))]
    lines += ["}", "", "namespace weir::app {", ""]
    spans = [f"{{weir_{function}_{index}, {file.stat().st_size}}}" for index, (_, file) in enumerate(found)]
    if not found:
        lines += [f"std::span<const Asset> {function}() {{", "    return {};", "}"]
    else:
        rows = [f"        {{{json.dumps(name)}, {span}}}," for (name, _), span in zip(found, spans)]
        lines += [f"std::span<const Asset> {function}() {{", "    static const Asset assets[] = {"] + rows
        lines += ["    };", "    return assets;", "}"]
    lines += ["", "} // namespace weir::app", ""]
    return "\n".join(lines)


def main():
    function, path, assembly_path, table_path = sys.argv[1:]
    found = blobs(pathlib.Path(path)) if path else []
    pathlib.Path(assembly_path).write_text(assembly(function, found))
    pathlib.Path(table_path).write_text(table(function, found))


main()
