"""What a simulation may replace: nothing but a folder that a simulation wrote."""

from __future__ import annotations

import pytest

from equipoise.errors import StorageError
from equipoise.store.folder import MARK, MARK_TEXT, make_simulated


@pytest.fixture
def files(tmp_path):
    """A folder of protocol files."""
    made = tmp_path / "files"
    made.mkdir()
    (made / "protocol.yaml").write_text("trial: {}\n")
    return made


def tree(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refused(out, files, root):
    before = tree(root)
    with pytest.raises(StorageError) as caught:
        make_simulated(out, files)
    assert caught.value.rule == "FOLDER-IN-USE"
    assert tree(root) == before
    return caught.value.fault


def test_a_simulated_trial_is_replaced_and_an_empty_folder_taken(tmp_path, files):
    for _ in range(2):
        folder = make_simulated(tmp_path / "demo", files)
        assert tree(folder.path) == {MARK, "protocol", "protocol/protocol.yaml", "restricted"}
        (folder.path / "results.csv").write_text("of the run before")
    (tmp_path / "empty").mkdir()
    assert make_simulated(tmp_path / "empty", files).simulated


@pytest.mark.parametrize("mark", [None, "", "a word of my own\n"])
def test_a_folder_that_no_simulation_wrote_is_not_touched(tmp_path, files, mark):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    if mark is not None:
        (mine / MARK).write_text(mark)
    assert refused(mine, files, tmp_path).startswith("this folder holds something that no simulation wrote")


def test_a_file_and_a_link_are_not_touched(tmp_path, files):
    (tmp_path / "file").write_text("mine")
    refused(tmp_path / "file", files, tmp_path)
    there = make_simulated(tmp_path / "demo", files)
    (tmp_path / "link").symlink_to(there.path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("link", "dangling"):
        assert refused(tmp_path / name, files, tmp_path).startswith("this is a link")


def test_the_protocol_is_neither_removed_nor_copied_into_itself(tmp_path, files):
    """A demo run from the protocol of an earlier demo would remove it before it is copied."""
    demo = make_simulated(tmp_path / "demo", files)
    for out, protocol in (
        (demo.path, demo.protocol),
        (files / "demo", files),
        (files, files),
        (demo.path / ".." / "demo", demo.protocol),
    ):
        assert refused(out, protocol, tmp_path).startswith("this folder holds the protocol files or lies among them")


def test_the_folder_of_the_allocation_list_is_closed_to_others(tmp_path, files):
    folder = make_simulated(tmp_path / "demo", files)
    assert folder.allocation.parent.stat().st_mode & 0o077 == 0
    assert (folder.path / MARK).read_text() == MARK_TEXT
