"""Can a thread that waits for the server be told that there is something else to do?"""

from __future__ import annotations

import socket
import threading

from mailproc.transports.connection import Connection

AN_HOUR = 3600.0


def test_a_ring_ends_a_wait_that_the_server_would_not_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(*server.getsockname(), timeout=5)
        bell = threading.Timer(0, connection.ring)
        bell.start()
        assert connection.wait(AN_HOUR) is False
        bell.join()
        connection.close()


def test_a_ring_does_not_hide_what_the_server_says() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(*server.getsockname(), timeout=5)
        peer, _ = server.accept()
        peer.sendall(b"* 1 EXISTS\r\n")
        connection.ring()
        while not connection.wait(AN_HOUR):
            pass
        assert connection.readline() == b"* 1 EXISTS\r\n"
        peer.close()
        connection.close()


def test_a_closed_connection_may_be_rung() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(*server.getsockname(), timeout=5)
        connection.close()
        connection.ring()
        assert connection.host == "127.0.0.1"
