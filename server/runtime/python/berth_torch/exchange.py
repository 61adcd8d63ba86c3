"""The sockets between device processes: every process listens, and dials each process it has tensors for.

A connection opens with the run's secret token and the sender's device index; whoever does not know the token is dropped. Own sockets and not gloo:
its rendezvous asks nobody for a secret, and its sends must be met in their order by receives of known size, where here a tensor
goes out the moment it is produced and waits at the consumer until it is wanted. Sending and receiving are threads that
leave the interpreter while they move bytes, so neither holds up computing.
"""
from __future__ import annotations

import ctypes
import hmac
import queue
import socket
import threading
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import torch

from . import frame
from .frame import FrameError

TOKEN_BYTES = 32
Key = Tuple[int, int, int, int]
"""Kind and index of every frame that a device may send here."""
Expected = Mapping[int, Set[Tuple[int, int]]]


class Lost(Exception):
    """The connection to another device is gone."""


class Exchange:
    """:param expected: what each device may send; anything else ends the connection and the run.
    :param on_breach: told, from a thread, what came that the plan does not have.
    :param place: moves a received tensor to where this device computes."""

    def __init__(
        self,
        device: int,
        token: str,
        expected: Expected,
        on_breach: Callable[[str], None],
        place: Callable[[torch.Tensor], torch.Tensor] = lambda tensor: tensor,
    ) -> None:
        self._device = device
        self._token = bytes.fromhex(token)
        if len(self._token) != TOKEN_BYTES:
            raise ValueError("the token must have 32 bytes")
        self._expected = expected
        self._on_breach = on_breach
        self._place = place
        self._arrived: Dict[Key, Tuple[Optional[torch.Tensor], bool]] = {}
        self._change = threading.Condition()
        self._broken: Optional[str] = None
        self._outgoing: Dict[int, "queue.Queue[Optional[tuple]]"] = {}
        self._sockets: List[socket.socket] = []
        self.bytes_sent = 0

    def listen(self, host: str) -> int:
        """:returns: a free port at which the others reach this device."""
        server = socket.create_server((host, 0))
        self._sockets.append(server)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()
        return server.getsockname()[1]

    def dial(self, addresses: Sequence[Mapping[str, object]], destinations: Iterable[int]) -> None:
        """:param addresses: by device: host and port."""
        for destination in destinations:
            address = addresses[destination]
            link = socket.create_connection((address["host"], address["port"]))
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.sendall(self._token + self._device.to_bytes(4, "little"))
            self._sockets.append(link)
            waiting: "queue.Queue[Optional[tuple]]" = queue.Queue()
            self._outgoing[destination] = waiting
            threading.Thread(target=self._send_all, args=(destination, link, waiting), daemon=True).start()

    def send(
        self, destination: int, kind: int, step: int, index: int, tensor: Optional[torch.Tensor], with_gradient: bool = False
    ) -> None:
        """Begins to send, and returns; the tensor must not be written into after this."""
        if tensor is not None:
            self.bytes_sent += tensor.numel() * tensor.element_size()
            tensor = tensor.detach().to("cpu").contiguous()
        self._outgoing[destination].put((kind, step, index, tensor, with_gradient))

    def take(self, source: int, kind: int, step: int, index: int) -> Tuple[Optional[torch.Tensor], bool]:
        """Waits for what was, or will be, sent here; each is taken once.

        :returns: the tensor, None where there is none; and whether its gradient is wanted.
        :raises Lost: where its sender is gone."""
        key = (source, kind, step, index)
        with self._change:
            while key not in self._arrived:
                if self._broken is not None:
                    raise Lost(self._broken)
                self._change.wait()
            return self._arrived.pop(key)

    def close(self) -> None:
        for link in self._sockets:
            link.close()

    def _send_all(self, destination: int, link: socket.socket, waiting: "queue.Queue[Optional[tuple]]") -> None:
        try:
            while True:
                item = waiting.get()
                if item is None:
                    return
                kind, step, index, tensor, with_gradient = item
                link.sendall(frame.encode_head(kind, step, index, tensor, with_gradient))
                if tensor is not None and tensor.numel() > 0:
                    link.sendall(memory_of(tensor))
                del item, tensor  # not kept until the next one comes
        except OSError as error:
            self._break(f"the connection to device {destination} broke: {error}")

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            self._sockets.append(link)
            threading.Thread(target=self._receive_all, args=(link,), daemon=True).start()

    def _receive_all(self, link: socket.socket) -> None:
        source = None
        try:
            greeting = _exactly(link, TOKEN_BYTES + 4)
            if greeting is None or not hmac.compare_digest(greeting[:TOKEN_BYTES], self._token):
                link.close()
                return
            source = int.from_bytes(greeting[TOKEN_BYTES:], "little")
            while self._receive_one(link, source):
                pass
            self._break(f"device {source} closed its connection")
        except FrameError as error:
            link.close()
            self._on_breach(f"device {source} sent {error}")
        except OSError as error:
            if source is not None:
                self._break(f"the connection of device {source} broke: {error}")

    def _receive_one(self, link: socket.socket, source: int) -> bool:
        data = _exactly(link, frame.HEADER.size)
        if data is None:
            return False
        head = frame.decode_head(data)
        if (head.kind, head.index) not in self._expected.get(source, ()):
            raise FrameError(f"{('activation', 'gradient', 'parameter')[head.kind]} {head.index}, which the plan does not have")
        tensor = None
        if not head.empty:
            shape = frame.decode_shape(head, _exactly(link, 8 * head.dimensions) or b"")
            tensor = torch.empty(shape, dtype=head.dtype)
            if tensor.numel() > 0 and not _fill(link, memory_of(tensor)):
                return False
            tensor = self._place(tensor)
        with self._change:
            self._arrived[(source, head.kind, head.step, head.index)] = (tensor, head.with_gradient)
            self._change.notify_all()
        return True

    def _break(self, message: str) -> None:
        with self._change:
            self._broken = self._broken or message
            self._change.notify_all()


def memory_of(tensor: torch.Tensor) -> memoryview:
    """The bytes of a contiguous CPU tensor, in place; needs no NumPy."""
    length = tensor.numel() * tensor.element_size()
    return memoryview((ctypes.c_char * length).from_address(tensor.data_ptr())).cast("B")


def _exactly(link: socket.socket, length: int) -> Optional[bytes]:
    data = bytearray(length)
    return bytes(data) if length == 0 or _fill(link, memoryview(data)) else None


def _fill(link: socket.socket, view: memoryview) -> bool:
    """:returns: False where the connection ended before."""
    done = 0
    while done < len(view):
        count = link.recv_into(view[done:])
        if count == 0:
            return False
        done += count
    return True
