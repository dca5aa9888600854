"""Machines with folders of their own answer with the same model, through PostgreSQL and Redis."""

import os
import secrets

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.model.shelf import ModelShelf
from kefu.project.settings import CoordinationEndpoint, Endpoints
from tests.unit.app.test_assembly import a_model, said
from tests.unit.app.test_following_models import until


def machine(root, database, redis, prefix):
    """Open an app of a machine that begins with its newest model, as ``kefu run`` does."""
    folder = root / "models"
    return open_app(
        AppSettings(
            root=root,
            model=ModelShelf(folder).choose().path,
            models_folder=folder,
            storage_url=database,
            has_channels=False,
            endpoints=Endpoints(coordination=CoordinationEndpoint(url=redis, prefix=prefix)),
        )
    )


async def test_all_machines_follow_and_a_restart_begins_with_what_was_said(
    tmp_path, postgres, redis_server
):
    prefix = f"kefu-test-{secrets.token_hex(4)}:"
    roots = [tmp_path / name for name in ("here", "there")]
    for root in roots:
        for number, name in enumerate(("one", "two"), 1):
            path = a_model(root / "models", name, f"This is {name}!")
            os.utime(path, (number, number))

    def opened(root):
        return machine(root, postgres, redis_server.url, prefix)

    async with opened(roots[0]) as here:
        async with opened(roots[1]) as there:
            assert [await said(app) for app in (here, there)] == [["This is two!"]] * 2
            shelf = ModelShelf(roots[0] / "models")
            shelf.serve(shelf.find("one"), "use")
            await until(lambda: "one" in here.follower.answering)
            await until(lambda: "one" in there.follower.answering)
            assert [await said(app) for app in (here, there)] == [["This is one!"]] * 2
            # Asked of one of them, too, and the other way round.
            await there.services().models.load(str(roots[1] / "models" / "two.tar.gz"))
            await until(lambda: "two" in here.follower.answering)
            ModelShelf(roots[1] / "models").roll_back()
            await until(lambda: "one" in here.follower.answering)
        # A machine that begins anew, and has forgotten all, begins with what the others answer.
        (roots[1] / "models" / "serving.json").unlink()
        async with opened(roots[1]) as again:
            await until(lambda: "one" in again.follower.answering)
            assert await said(again) == ["This is one!"]
