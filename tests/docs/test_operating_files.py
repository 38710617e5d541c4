"""The unit of systemd, the image and nginx's configuration do what the page for operators says."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shlex
import ssl
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection, socket
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ivr.commands import build, serve
from ivr.config import Settings, load
from ivr.desk.carrier import DeskCarrier
from ivr.desk.facts import Manners
from ivr.server.fleet import MARGIN_S
from ivr.server.presence import Presence
from tests.debian import needed
from tests.docs.operating_page import PAGE, ROOT
from tests.endtoend.program import Program, serving, until
from tests.endtoend.test_ending import CALL

FOLDER = ROOT / "docs" / "operating"
UNIT = (FOLDER / "ivr.service").read_text("utf-8")
CONTAINERFILE = (FOLDER / "Containerfile").read_text("utf-8")
NGINX = (FOLDER / "nginx.conf").read_text("utf-8")
END_S = 60
"""What a server may need to end beyond its drain time, as the page says."""


def settings_of(command: list[str], folder: Path) -> Settings:
    """The settings of an `ivr serve`, in which all flags and values are right."""
    assert command[0] == "serve"
    parser = argparse.ArgumentParser(allow_abbrev=False)
    serve.add_arguments(parser)
    return load(parser.parse_args(command[1:]), {"HOME": "/"}, folder)


# The unit of systemd


def unit() -> dict[str, str]:
    lines = [line.partition("=") for line in UNIT.splitlines() if line and line[0] not in "#["]
    return {name: value for name, _, value in lines}


def seconds(duration: str) -> int:
    number, word = re.fullmatch(r"(\d+)(s|min|m)", duration).groups()  # type: ignore[union-attr]  # a failure says so
    return int(number) * (1 if word == "s" else 60)


def test_the_unit_starts_the_server_as_it_wants_to_be_started(tmp_path: Path) -> None:
    given = unit()
    program, *command = shlex.split(given["ExecStart"])
    assert program == "/opt/ivr/%i/bin/ivr"
    settings = settings_of(command, tmp_path)
    assert str(settings.data_dir) == f"/var/lib/{given['StateDirectory']}"
    assert settings.trust_proxy
    assert seconds(given["TimeoutStopSec"]) >= settings.drain / 1000 + END_S
    assert END_S > MARGIN_S
    assert "5 minutes in the unit" in PAGE
    assert settings.drain == 5 * 60_000


def test_the_unit_is_one_of_systemd(tmp_path: Path) -> None:
    verifier = needed("systemd-analyze", "systemd")
    file = tmp_path / "ivr@1.service"
    file.write_text(UNIT.replace("/opt/ivr/%i/bin/ivr", sys.executable))
    done = subprocess.run([verifier, "verify", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_start_is_over_once_the_server_says_that_it_serves(tmp_path: Path) -> None:
    def waited(pid: int) -> int:
        _, _, script = shlex.split(unit()["ExecStartPost"].replace("${MAINPID}", str(pid)))
        return subprocess.run(["sh", "-c", script.replace("/var/lib/ivr", str(tmp_path))], check=False).returncode

    presence = Presence(tmp_path, "127.0.0.1:8080")
    presence.announce()
    assert waited(os.getpid()) == 0
    presence.withdraw()
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert waited(gone.pid) == 1


# The image


def instructions() -> Iterator[tuple[str, str]]:
    for line in CONTAINERFILE.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


def words(text: str) -> list[str]:
    return re.findall(r'"(.*?)"', text)


def test_the_image_has_what_its_commands_need(tmp_path: Path) -> None:
    copied: dict[str, str] = {}
    for name, rest in instructions():
        if name == "COPY":
            *sources, place = rest.split()
            assert all((ROOT / source).exists() for source in sources), rest
            copied |= {place if len(sources) == 1 else f"{place}{each}": each for each in sources}
    given = dict(instructions())
    settings = settings_of(words(given["CMD"]), tmp_path)
    assert words(given["CMD"])[1] in copied
    assert given["VOLUME"] == str(settings.data_dir)
    assert given["EXPOSE"] == str(settings.port)
    assert words(given["ENTRYPOINT"]) == ["tini", "--", "ivr"]
    [rendering] = [words(rest) for name, rest in instructions() if name == "RUN" and rest.startswith("[")]
    parser = argparse.ArgumentParser(allow_abbrev=False)
    build.add_arguments(parser)
    options = parser.parse_args(rendering[2:])
    assert rendering[:2] == ["ivr", "build"]
    assert load(options, {"HOME": "/"}, tmp_path).data_dir == settings.data_dir
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert "postgresql = " in project
    assert {"pyproject.toml", "README.md", "LICENSE", "ivr"} <= set(copied.values())
    grace = {int(each) for each in re.findall(r"(?:--stop-timeout|stop --time) (\d+)", CONTAINERFILE + PAGE)}
    assert all(each >= settings.drain / 1000 + END_S for each in grace)
    assert len(grace) == 1


# nginx


def free_port(host: str = "127.0.0.1") -> int:
    with closing(socket()) as taken:
        taken.bind((host, 0))
        return int(taken.getsockname()[1])


def certificate(folder: Path) -> None:
    """A certificate of this machine for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ivr")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ivr.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    (folder / "ivr.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))


MAIN = """
daemon off;
master_process off;
pid nginx.pid;
error_log main.log;
events {{ worker_connections 64; }}
http {{
    {temporary}
    include ivr.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@asynccontextmanager
async def nginx(folder: Path, upstreams: tuple[str, str]) -> AsyncIterator[tuple[int, int]]:
    """The configuration in a running nginx, at a port without TLS and one with it."""
    program = str(needed("nginx", "nginx-light"))
    plain, encrypted = free_port(), free_port()
    certificate(folder)
    changes = {
        "10.0.0.11:8080": upstreams[0],
        "10.0.0.12:8080": upstreams[1],
        "listen 443 ssl;": f"listen 127.0.0.1:{plain}; listen 127.0.0.1:{encrypted} ssl;",
        "/etc/ssl/ivr.example.com.pem": str(folder / "ivr.pem"),
        "/etc/ssl/private/ivr.example.com.key": str(folder / "ivr.key"),
        "/var/log/nginx": str(folder),
    }
    text = NGINX
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "ivr.conf").write_text(text)
    temporary = "\n    ".join(f"{each}_temp_path {each};" for each in TEMPORARY)
    (folder / "main.conf").write_text(MAIN.format(temporary=temporary))
    command = (program, "-p", str(folder), "-c", "main.conf", "-e", "main.log")
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL)

    def listens() -> bool:
        assert process.returncode is None, (folder / "main.log").read_text()
        try:
            create_connection(("127.0.0.1", plain)).close()
        except ConnectionRefusedError:
            return False
        return True

    try:
        await until(listens)
        yield plain, encrypted
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def calls_of(program: Program) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return int((await client.get(f"{program.url}/health/ready")).json()["calls"])


@pytest.mark.slow
async def test_calls_through_nginx_go_on_at_the_machine_that_is_left(tmp_path: Path) -> None:
    (prompts := tmp_path / "prompts").mkdir()
    (folder := tmp_path / "nginx").mkdir()
    flags = ("--trust-proxy", "--drain", "24h")
    async with (
        serving(tmp_path, prompts, *flags) as first,
        serving(tmp_path, prompts, *flags, "--host", "127.0.0.2") as second,
    ):
        await asyncio.gather(first.ready(), second.ready())
        upstreams = (urlsplit(first.url).netloc, urlsplit(second.url).netloc)
        async with (
            nginx(folder, upstreams) as (plain, encrypted),
            DeskCarrier.call(f"http://127.0.0.1:{plain}", manners=Manners(returns=True)) as call,
        ):
            await call.hears("For your balance")
            has, other = (first, second) if await calls_of(first) else (second, first)

            # Who is about to end takes no new calls, and nobody who calls learns of it.
            has.process.terminate()
            await has.logged("waiting for calls to end")
            trusted = ssl.create_default_context(cafile=folder / "ivr.pem")
            async with httpx.AsyncClient(trust_env=False, verify=trusted) as client:
                for _ in range(2):
                    answer = await client.post(f"https://127.0.0.1:{encrypted}/answer", json=CALL)
                    assert answer.status_code == 200
                    url = answer.json()["stream"]["url"]
                    assert url.startswith(f"wss://127.0.0.1:{encrypted}/stream/")
                assert (await client.get(f"https://127.0.0.1:{encrypted}/health/ready")).status_code == 404
            assert "status=503" in has.log.read_text()

            has.process.kill()
            await other.logged("call taken over")
            await call.press("1")
            await call.hears("Goodbye")
            assert (await call.ended()).code == 1000
        logs = "".join(file.read_text() for file in folder.glob("*.log"))
        assert "POST 200" in logs
        assert "/stream" not in logs
        assert urlsplit(call.offer.url).path.rpartition("/")[2] not in logs
