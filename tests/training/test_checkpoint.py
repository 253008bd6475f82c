from pathlib import Path

import numpy as np
import pytest
import torch

from ovp_lib.training.checkpoint import digest_of, load, save

RUN = {"members": "(1, 2)", "loss": "squared"}


def arrays() -> dict[str, np.ndarray]:
    return {"step": np.array(7), "state/W": np.arange(6.0).reshape(2, 3), "rows": np.empty((0, 4))}


def written(folder: Path) -> Path:
    save(folder / "deep" / "run.npz", RUN, arrays())
    return folder / "deep" / "run.npz"


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    found = load(written(tmp_path), RUN)
    assert found is not None
    assert found.keys() == arrays().keys()
    for name, array in arrays().items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    assert [path.name for path in written(tmp_path).parent.iterdir()] == ["run.npz"]


def test_no_checkpoint_is_no_checkpoint(tmp_path: Path) -> None:
    assert load(tmp_path / "run.npz", RUN) is None


def test_that_of_another_run_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"another run: members was \(1, 2\), is \(3,\) \(remove"):
        load(written(tmp_path), RUN | {"members": "(3,)"})
    with pytest.raises(ValueError, match="torch was None, is 2"):
        load(written(tmp_path), RUN | {"torch": "2"})


@pytest.mark.parametrize("kept", [0, 10, 400, -1])
def test_a_truncated_one_is_not_gone_on_from(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.warns(RuntimeWarning, match="damaged: training starts again"):
        assert load(path, RUN) is None


def test_a_changed_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    place = whole.index(np.arange(6.0).tobytes())
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert load(path, RUN) is None


def test_a_changed_array_is_noticed_though_the_archive_is_sound(tmp_path: Path) -> None:
    path = written(tmp_path)
    with np.load(path) as archive:
        contents = dict(archive)
    np.savez(path.with_suffix(""), **(contents | {"step": np.array(8)}))
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert load(path, RUN) is None


def test_pickled_objects_are_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    np.savez(path, step=np.array([{"a": 1}], dtype=object))
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert load(path, RUN) is None


def test_a_failed_write_leaves_the_old_one(tmp_path: Path, monkeypatch) -> None:
    path = written(tmp_path)

    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(OSError, match="disk full"):
        save(path, RUN, arrays() | {"step": np.array(8)})
    found = load(path, RUN)
    assert found is not None
    assert found["step"] == 7


def test_fingerprints_tell_tensors_apart() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    different = [x, x.double(), x.reshape(3, 2), x + 1, x.flip(0)]
    assert len({digest_of([("x", each)]) for each in different}) == len(different)
    assert digest_of([("x", x)]) != digest_of([("y", x)])


def test_a_shared_data_set_has_one_fingerprint_expanded_or_copied() -> None:
    one = torch.arange(6.0).reshape(1, 3, 2)
    views = one.expand(4, -1, -1)
    assert digest_of([("x", views)]) == digest_of([("x", views.clone())])
    assert digest_of([("x", views)]) != digest_of([("x", one.expand(3, -1, -1))])
