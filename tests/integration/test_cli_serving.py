import json
import re
import signal
import socket
import subprocess

from tests.integration.command import KEFU, Server, environment, kefu, wait_until


def say(server, text, sender="a"):
    body = json.dumps({"sender": sender, "message": text})
    status, answer = server.call("/webhooks/rest/webhook", body)
    assert status == 200, answer
    return [message.get("text") for message in json.loads(answer)]


def test_a_conversation_over_rest_survives_a_restart(project):
    with Server(cwd=project) as server:
        assert "Chat page" in server.greeting
        assert say(server, "where is my order") == [
            "What is your order number? It has eight digits."
        ]
        assert server.stop() == 0
    with Server(cwd=project) as server:
        assert say(server, "20260001") == [
            "Order 20260001 has been sent and should arrive tomorrow."
        ]
        assert server.stop(signal.SIGINT) == 0


def test_the_api_changes_the_model_while_it_serves(project):
    text = project.joinpath("domain.yml").read_text()
    project.joinpath("domain.yml").write_text(text.replace("You are welcome.", "My pleasure."))
    with Server("--enable-api", cwd=project) as server:
        assert say(server, "thanks") == ["You are welcome."]
        kefu("train", "--fixed-model-name", "new", cwd=project)
        status, _ = server.call("/model", '{"model_file": "models/new.tar.gz"}', "PUT")
        assert status == 204
        assert say(server, "thanks") == ["My pleasure."]
        project.joinpath("models", "damaged.tar.gz").write_bytes(b"damaged")
        status, answer = server.call("/model", '{"model_file": "models/damaged.tar.gz"}', "PUT")
        assert status >= 400
        assert "damaged.tar.gz" in answer
        assert say(server, "thanks") == ["My pleasure."]
        status, answer = server.call("/status")
        assert json.loads(answer)["model_file"].endswith("new.tar.gz")


def test_without_a_model_the_api_still_starts(project):
    for model in project.joinpath("models").iterdir():
        model.unlink()
    with Server("--enable-api", cwd=project) as server:
        assert server.call("/readyz")[0] == 503
        body = json.dumps({"sender": "a", "message": "hello"})
        assert server.call("/webhooks/rest/webhook", body)[0] == 503


def test_a_turn_under_way_is_finished_before_the_server_stops(project):
    actions = project / "actions" / "__init__.py"
    actions.write_text(
        actions.read_text().replace(
            "        number = tracker", '        open("started", "w").close()\n'
            "        __import__('time').sleep(1)\n        number = tracker"
        )
    )  # fmt: skip
    with (
        Server(cwd=project) as server,
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as connection,
    ):
        body = json.dumps({"sender": "a", "message": "check order 20260001"})
        head = f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}"
        connection.sendall(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
        started = project / "started"
        while not started.exists():
            assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        connection.settimeout(30)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert b"should arrive tomorrow" in answer
        assert server.process.wait(timeout=30) == 0


def test_a_port_in_use_is_named(project):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        done = kefu("run", "--port", taken.getsockname()[1], cwd=project)
    assert done.status == 1
    assert "--port" in done.err


def test_an_unknown_channel_is_named(project):
    project.joinpath("credentials.yml").write_text("rst:\n")
    done = kefu("run", "--port", "0", cwd=project)
    assert done.status == 1
    assert "Did you mean 'rest'" in done.err


def test_the_shell_shows_buttons_and_takes_their_numbers(project):
    done = kefu("shell", cwd=project, said="hello\n1\n20260002\n/stop\nnot read\n")
    assert done.status == 0
    assert "1: Track an order" in done.out
    assert "What is your order number" in done.out
    assert "is being packed" in done.out
    assert not project.joinpath("var").exists()


def test_the_shell_shows_what_decided_an_answer(project):
    said = "hello\n/details\ngoodbye\n/details\nthanks\n"
    done = kefu("shell", "--details", cwd=project, said=said)
    assert done.status == 0, done.err
    assert re.search(r"intent +greet \d\.\d\d  \w", done.out)
    assert re.search(
        r"1 +utter_greet +MemoizationPolicy 1.00  \d+ ms  data/stories.yml:7-8  story gre", done.out
    )
    assert "also data/stories.yml:16-17  story greeting, recommendation, not sat" in done.out
    assert "utter_goodbye" not in done.out
    assert re.search(r"utter_welcome  RulePolicy 1.00  \d+ ms  data/rules.yml:11-12", done.out)
    assert re.search(r"time +\d+ ms, \d+\.\d of them to understand", done.out)


def test_without_readable_files_the_shell_shows_the_rest(project):
    project.joinpath("data", "rules.yml").write_text("rules: [")
    done = kefu("shell", "--details", cwd=project, said="thanks\n")
    assert "The files of the project have errors: lines are not shown." in done.err
    assert re.search(r"utter_welcome  RulePolicy 1.00  \d+ ms$", done.out, re.MULTILINE)


def test_odd_bytes_and_narrow_terminals_harm_nothing(project):
    done = subprocess.run(
        [*KEFU, "shell"],
        cwd=project,
        input=b"\xff\xfe thanks\nthanks \xe4\xbd\xa0\n",
        capture_output=True,
        env={**environment(), "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert b"You are welcome" in done.stdout


def test_the_shell_shows_what_is_understood(project):
    done = kefu("shell", "nlu", cwd=project, said="check order 20260001\n")
    parsed = json.loads(done.out)
    assert parsed["intent"]["name"] == "check_order"
    assert parsed["entities"][0]["value"] == "20260001"


def test_actions_can_be_served_by_a_process_of_their_own(project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"action_endpoint:\n  url: http://127.0.0.1:{port}/webhook\n"
    project.joinpath("endpoints.yml").write_text(endpoint)
    with subprocess.Popen(
        [*KEFU, "run", "actions", "--port", str(port)],
        cwd=project,
        env=environment(),
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            wait_until(lambda: answers(port), seconds=60)
            done = kefu("shell", cwd=project, said="check order 20260003\n")
            assert "Order 20260003 has been delivered." in done.out
        finally:
            server.terminate()


def test_the_module_actions_is_used_when_endpoints_name_nothing(project):
    project.joinpath("endpoints.yml").unlink()
    done = kefu("shell", cwd=project, said="check order 20260003\n")
    assert "Order 20260003 has been delivered." in done.out


def test_an_action_server_that_is_not_there_is_named_at_the_start(project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"action_endpoint:\n  url: http://127.0.0.1:{port}/webhook\n"
    project.joinpath("endpoints.yml").write_text(endpoint)
    done = kefu("shell", cwd=project, said="check order 20260003\nthanks\n")
    assert "kefu run actions" in done.err
    assert "something went wrong" in done.out
    assert "You are welcome" in done.out


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_module_without_actions_is_named(project):
    done = kefu("run", "actions", "--actions", "nothing", cwd=project)
    assert done.status == 1
    assert "'nothing'" in done.err


def test_missing_actions_are_named_at_the_start(project):
    text = project.joinpath("domain.yml").read_text()
    changed = text.replace("- action_check_order", "- action_check_order\n- action_fly")
    project.joinpath("domain.yml").write_text(changed)
    kefu("train", cwd=project)
    done = kefu("shell", cwd=project, said="/stop\n")
    assert "action_fly" in done.err
