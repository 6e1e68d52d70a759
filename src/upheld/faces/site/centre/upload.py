"""A form with a file, as it arrives, becomes the file's bytes in blocks: never whole in memory, never plain on a disk.

Whoever takes the blocks works in a thread; each pull waits for the visitor's connection. The file's name is thrown away. Not taken: Litestar's
own forms; they put a large file, unsealed, into the folder of temporary files.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from litestar.exceptions import InternalServerException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from upheld.duties.requests import RequestFault

FIELD = "file"
LARGEST_BODY = 48 * 1024 * 1024  # what is read of a file that is refused for its size, so that the visitor gets an answer
WAIT_S = 60.0  # for the next piece of a file


async def taken(content_type: str, stream: AsyncIterator[bytes], take: Callable[[Iterator[bytes]], Any]) -> None:
    """`take` gets the file's blocks, in a thread. RequestFault R801 where there is no file or it breaks off, and all that `take` raises."""
    loop = asyncio.get_running_loop()
    chunks = _pulled(loop, stream)

    def work() -> None:
        try:
            take(_file(content_type, chunks))
        finally:
            with contextlib.suppress(Exception):
                for _ in chunks:  # the rest is read, so that the answer arrives
                    pass

    await asyncio.to_thread(work)


def _pulled(loop: asyncio.AbstractEventLoop, stream: AsyncIterator[bytes]) -> Iterator[bytes]:
    async def following() -> bytes | None:
        try:
            async with asyncio.timeout(WAIT_S):
                return await anext(stream, None)
        except InternalServerException:  # so the framework says that the visitor went
            return None

    while (chunk := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        if chunk:
            yield chunk


def _file(content_type: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise _none()
    inside, size = False, 0
    try:
        with PushMultipartParser(boundary, max_segment_count=8) as parser:
            for chunk in chunks:
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        inside = event.name == FIELD and size == 0
                    elif inside and event:
                        size += len(event)
                        yield bytes(event)
    except (MultipartError, TimeoutError):
        raise _none() from None
    if not size:
        raise _none()


def _none() -> RequestFault:
    return RequestFault("R801", "No file came, or not the whole of it.", "Choose the file again.")
