"""Several real processes on PostgreSQL and Redis: killed in the middle, and Redis gone."""

import asyncio
import json
import os
import secrets
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import aiohttp
import pytest

from tests.integration.command import Server, kefu, wait_until
from tests.integration.line import Line

ANSWER = "Order 20260001 has been sent and should arrive tomorrow."
SLOW_ACTION = '''
import os, pathlib, time

class ActionCheckOrder(Action):
    """Says that it began, and waits until the test lets it go on."""

    def name(self) -> str:
        return "action_check_order"

    def run(self, dispatcher, tracker, domain):
        with open("began.txt", "a") as begun:
            begun.write(f"{os.getpid()} {tracker.sender_id}\\n")
        while not pathlib.Path("go").exists():
            time.sleep(0.01)
        dispatcher.utter_message(text="Order 20260001 has been sent and should arrive tomorrow.")
        return [SlotSet("order_number", None)]
'''


def write_endpoints(project, postgres, redis_url):
    project.joinpath("endpoints.yml").write_text(
        "action_endpoint:\n  actions_module: actions\n  timeout: 60\n"
        f"tracker_store:\n  type: SQL\n  url: {postgres}\n"
        f"coordination:\n  type: redis\n  url: {redis_url}\n"
        f"  key_prefix: 'kefu-test-{secrets.token_hex(4)}:'\n"
    )


@pytest.fixture
def shared_project(project, postgres, redis_url):
    """A project whose conversations several processes share."""
    write_endpoints(project, postgres, redis_url)
    return project


@pytest.fixture
def slow_project(shared_project):
    actions = shared_project / "actions" / "__init__.py"
    begin = actions.read_text().partition("class ActionCheckOrder")[0]
    actions.write_text(begin + SLOW_ACTION)
    return shared_project


def new_sender():
    return f"s{secrets.token_hex(6)}"


def post(server, text, sender, message_id=None):
    """Send a message over REST and return the texts of the replies."""
    body = {"sender": sender, "message": text}
    if message_id is not None:
        body["message_id"] = message_id
    status, answer = server.call("/webhooks/rest/webhook", json.dumps(body))
    assert status == 200, answer
    return [message.get("text") for message in json.loads(answer)]


def events(server, sender, kind):
    status, answer = server.call(f"/conversations/{sender}/tracker?include_events=ALL")
    assert status == 200, answer
    return [event for event in json.loads(answer)["events"] if event["event"] == kind]


def figures(server, name):
    """Return the sum of a figure over all workers."""
    lines = server.call("/metrics")[1].splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.partition("{")[0].partition(" ")[0] == name
    )


def test_a_worker_killed_in_the_middle_of_a_turn_is_replaced_and_its_turn_taken(slow_project):
    began = slow_project / "began.txt"
    sender = new_sender()
    with Server("--workers", "3", "--enable-api", cwd=slow_project) as server:
        post(server, "where is my order", sender)
        with ExitStack() as stack:

            def ask():
                try:
                    post(server, "20260001", sender, message_id="number")
                except OSError:
                    return  # its worker was killed

            asking = threading.Thread(target=ask)
            asking.start()
            stack.callback(asking.join)
            wait_until(lambda: began.exists() and began.read_text().endswith("\n"), 30)
            pid = int(began.read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
        # Nobody asks: another worker finds the conversation by itself.
        wait_until(lambda: len(began.read_text().splitlines()) == 2, 15)
        slow_project.joinpath("go").touch()
        wait_until(lambda: any(e["text"] == ANSWER for e in events(server, sender, "bot")), 15)
        assert post(server, "20260001", sender, message_id="number") == [ANSWER]
        wait_until(lambda: figures(server, "kefu_workers_replaced_total") == 1)
        heard = [event["text"] for event in events(server, sender, "user")]
        assert heard == ["where is my order", "20260001"]
        said = [event["text"] for event in events(server, sender, "bot")]
        assert said.count(ANSWER) == 1
        assert len(began.read_text().splitlines()) == 2, "the action ran for nobody else"
        assert server.stop() == 0


async def test_a_socket_on_one_machine_sees_what_another_committed(shared_project):
    with Server(cwd=shared_project) as here, Server(cwd=shared_project) as there:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{there.url}/webhooks/web/visitors") as response:
                token = (await response.json())["token"]
            async with session.ws_connect(f"{here.url}/webhooks/web/socket") as socket:
                await socket.send_json({"type": "hello", "token": token})
                await until(socket, lambda frame: frame["type"] == "synced")
                async with session.post(
                    f"{there.url}/webhooks/web/messages",
                    json={"id": "1", "text": "where is my order"},
                    headers={"Authorization": f"Bearer {token}"},
                ) as response:
                    assert response.status == 202
                frame = await until(socket, lambda frame: frame.get("from") == "bot")
                assert frame["text"].startswith("What is your order number?")
        assert figures(here, "kefu_live_messages_received_total") > 0


async def until(socket, wanted):
    async with asyncio.timeout(20):
        while not wanted(frame := await socket.receive_json()):
            pass
    return frame


def test_without_redis_turns_go_on_and_it_is_used_again_when_it_is_back(
    project, postgres, redis_server
):
    write_endpoints(project, postgres, redis_server.url)
    with Server("--enable-api", cwd=project) as here, Server(cwd=project) as there:
        senders = [new_sender() for _ in range(3)]
        asked = "What is your order number? It has eight digits."

        def one_round():
            for sender in senders:
                assert post(here, "where is my order", sender) == [asked]
                assert post(there, "20260001", sender) == [ANSWER]

        one_round()
        redis_server.stop()
        one_round()
        wait_until(lambda: not figures(here, "kefu_redis_up"))
        one_round()
        redis_server.start()
        wait_until(lambda: figures(here, "kefu_redis_up") and figures(there, "kefu_redis_up"))
        one_round()
        for sender in senders:
            heard = [event["text"] for event in events(here, sender, "user")]
            assert heard == ["where is my order", "20260001"] * 4
        assert figures(here, "kefu_failed_turns_total") == 0
        assert figures(here, "kefu_redis_failures_total") >= 1


def try_to_post(server, text, sender, message_id):
    """Send a message that may be refused for the moment; return status and answer."""
    body = json.dumps({"sender": sender, "message": text, "message_id": message_id})
    return server.call("/webhooks/rest/webhook", body)


def test_while_postgresql_is_away_nothing_is_taken_and_then_all_is_answered_once(
    project, postgres, redis_url
):
    senders = [new_sender() for _ in range(6)]
    with Line(postgres) as line:
        write_endpoints(project, line.url, redis_url)
        with Server("--workers", "3", "--enable-api", cwd=project) as server:
            for sender in senders:  # each conversation is kept by one of the workers
                post(server, "where is my order", sender)
            line.cut()
            for sender in senders:
                status, answer = try_to_post(server, "20260001", sender, "number")
                assert status == 503, answer
            assert server.call("/readyz")[0] == 503
            line.mend()
            wait_until(lambda: server.call("/readyz")[0] == 200, 30)
            for sender in senders:
                wait_until(
                    lambda: try_to_post(server, "20260001", sender, "number")[0] == 200,  # noqa: B023
                    30,
                )
                assert post(server, "20260001", sender, message_id="number") == [ANSWER]
                heard = [event["text"] for event in events(server, sender, "user")]
                assert heard == ["where is my order", "20260001"]
                said = [event["text"] for event in events(server, sender, "bot")]
                assert said.count(ANSWER) == 1
            assert not figures(server, "kefu_workers_replaced_total")


def test_a_turn_that_could_not_be_committed_is_taken_when_postgresql_is_back(
    slow_project, postgres, redis_url
):
    began, sender = slow_project / "began.txt", new_sender()
    with Line(postgres) as line:
        write_endpoints(slow_project, line.url, redis_url)
        with Server("--workers", "3", "--enable-api", cwd=slow_project) as server:
            post(server, "where is my order", sender)
            with ThreadPoolExecutor(1) as pool:
                asking = pool.submit(try_to_post, server, "20260001", sender, "number")
                wait_until(lambda: began.exists() and began.read_text().endswith("\n"), 30)
                line.cut()
                slow_project.joinpath("go").touch()
                assert asking.result()[0] == 503
            line.mend()
            # Nobody asks: a worker finds the message by itself.
            wait_until(lambda: server.call("/readyz")[0] == 200, 30)
            wait_until(lambda: any(e["text"] == ANSWER for e in events(server, sender, "bot")), 30)
            assert post(server, "20260001", sender, message_id="number") == [ANSWER]
            said = [event["text"] for event in events(server, sender, "bot")]
            assert said.count(ANSWER) == 1


def test_workers_share_one_sqlite_file_and_say_that_it_is_slow(project):
    with Server("--workers", "2", "--enable-api", cwd=project) as server:
        sender = new_sender()
        for _ in range(3):
            post(server, "where is my order", sender)
            assert post(server, "20260001", sender) == [ANSWER]
        assert "Workers        2" in server.greeting
        assert server.stop(signal.SIGINT) == 0
        assert "PostgreSQL is what several workers are for" in server.process.stderr.read()


def test_workers_that_cannot_share_are_refused(project):
    project.joinpath("endpoints.yml").write_text("tracker_store:\n  type: InMemory\n")
    done = kefu("run", "--workers", "2", "--port", "0", cwd=project)
    assert done.status == 1
    assert "kept in memory" in done.err


def test_workers_that_cannot_start_are_given_up_with_their_reason(project):
    for model in project.joinpath("models").iterdir():
        model.write_bytes(b"damaged")
    done = kefu("run", "--workers", "3", "--port", "0", cwd=project)
    assert done.status == 1
    assert done.err.count("error:") == 1
    assert "nothing is served" in done.err


async def polled(url):
    """Be a client of Socket.IO that comes by another connection each time."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        query = {"EIO": "4", "transport": "polling"}
        async with session.get("/socket.io/", params=query) as answer:
            query["sid"] = json.loads((await answer.text())[1:])["sid"]
        async with session.post("/socket.io/", params=query, data="40") as answer:
            assert await answer.text() == "ok"
        async with session.get("/socket.io/", params=query) as answer:
            assert (await answer.text()).startswith("40{")
        return query["sid"].partition(".")[0]


async def train(url):
    """Ask for a training, by a connection of its own; return the status."""
    query = {"callback_url": "http://127.0.0.1:9/", "save_to_default_model_directory": "false"}
    async with (
        aiohttp.ClientSession(url) as session,
        session.post("/model/train", params=query, data=b"language: zh") as answer,
    ):
        return answer.status


async def test_workers_share_what_they_have_and_one_that_hangs_is_replaced(project, monkeypatch):
    (project / "credentials.yml").write_text("rest:\nsocketio:\n")
    from kefu.cli.run_options import RunOptions
    from kefu.cli.supervisor import Supervisor
    from kefu.server.sockets import listening_socket

    monkeypatch.chdir(project)
    options = RunOptions.decoded(
        json.dumps(
            {
                "model": "models", "endpoints": "endpoints.yml", "credentials": "credentials.yml",
                "connector": None, "port": 0, "interface": None, "enable_api": True,
                "auth_token": None, "cors": [], "response_timeout": 60.0,
                "ssl_certificate": None, "ssl_keyfile": None, "ssl_ca_file": None,
                "ssl_password": None, "log_file": None, "workers": 2,
            }
        )
    )  # fmt: skip
    with listening_socket("127.0.0.1", 0) as sock:
        sock.listen()
        supervisor = Supervisor(options, sock, silent_seconds=8.0)
        running = asyncio.ensure_future(supervisor.run())
        async with asyncio.timeout(60):
            while not supervisor.is_serving:  # noqa: ASYNC110 - it has no event for the outside
                await asyncio.sleep(0.01)
            url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            assert {await polled(url) for _ in range(20)} <= {"1", "2"}
            asked = await asyncio.gather(*(train(url) for _ in range(3)))
            assert sorted(asked) == [204, 204, 409]
            os.kill(supervisor.process_ids[2], signal.SIGSTOP)
            while not supervisor.replaced:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        supervisor.stop()
        assert await asyncio.wait_for(running, 40) == 0
        assert supervisor.replaced == 1
