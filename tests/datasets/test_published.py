import gzip
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ovp_lib.datasets.published import CIFAR_CLASSES, CIFAR_FILES, MNIST_FILES, cifar_10, mnist

Array = NDArray[np.uint8]
Writer = Callable[[Path], None]


def images(n: int, size: int, seed: int) -> tuple[Array, Array]:
    """Return n random images as bytes, and their labels."""
    draws = np.random.default_rng(seed)
    return draws.integers(256, size=(n, size), dtype=np.uint8), draws.integers(
        10, size=n, dtype=np.uint8
    )


def write_mnist(folder: Path, part: str, n: int, packed: bool) -> tuple[Array, Array]:
    """Write the two files of a part in the published format, with n images."""
    pixels, labels = images(n, 28 * 28, seed=n)
    contents = (
        struct.pack(">4i", 0x803, n, 28, 28) + pixels.tobytes(),
        struct.pack(">2i", 0x801, n) + labels.tobytes(),
    )
    for name, content in zip(MNIST_FILES[part], contents, strict=True):
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
    return pixels, labels


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_is_read_from_its_files(tmp_path: Path, packed: bool) -> None:
    expected = {part: write_mnist(tmp_path, part, n, packed) for part, n in SIZES}
    for part, (pixels, labels) in expected.items():
        data = mnist(tmp_path, part)
        np.testing.assert_allclose(data.x * 255, pixels, atol=1e-12)
        np.testing.assert_array_equal(data.labels, labels)
        assert data.shape == (1, 28, 28)


SIZES = (("train", 7), ("test", 3))


def cifar_folder(folder: Path, version: str) -> tuple[Array, Array]:
    """Write a folder of CIFAR-10 with three images a batch; return the training set."""
    inner = folder / ("cifar-10-batches-bin" if version == "binary" else "cifar-10-batches-py")
    inner.mkdir()
    written = []
    for seed, name in enumerate((*CIFAR_FILES["train"], *CIFAR_FILES["test"])):
        pixels, labels = images(3, 3072, seed)
        written.append((pixels, labels))
        if version == "binary":
            content = np.concatenate([labels[:, None], pixels], axis=1).tobytes()
            (inner / f"{name}.bin").write_bytes(content)
        else:
            (inner / name).write_bytes(as_python_2(pixels, labels))
    train = written[:-1]
    return np.concatenate([p for p, _ in train]), np.concatenate([y for _, y in train])


def as_python_2(pixels: Array, labels: Array) -> bytes:
    """Return a pickle as the published ones are: protocol 2, and numpy's old module name."""
    batch = {b"data": pixels, b"labels": labels.tolist(), b"batch_label": b"batch 1 of 5"}
    return pickle.dumps(batch, protocol=2).replace(b"numpy._core", b"numpy.core")


@pytest.mark.parametrize("version", ["binary", "python"])
@pytest.mark.parametrize("form", ["folder", "files", "archive"])
def test_cifar_10_is_read_from_either_version(tmp_path: Path, version: str, form: str) -> None:
    pixels, labels = cifar_folder(tmp_path, version)
    [inner] = tmp_path.iterdir()
    place = tmp_path if form == "folder" else inner
    if form == "archive":
        place = tmp_path / "archive"
        place.mkdir()
        with tarfile.open(place / f"cifar-10-{version}.tar.gz", "w:gz") as archive:
            archive.add(inner, inner.name)
    data = cifar_10(place)
    np.testing.assert_allclose(data.x * 255, pixels, atol=1e-12)
    np.testing.assert_array_equal(data.labels, labels)
    assert data.shape == (3, 32, 32)
    assert data.classes == CIFAR_CLASSES
    assert len(cifar_10(place, "test")) == 3


def test_the_first_number_of_an_image_is_its_upper_left_red(tmp_path: Path) -> None:
    cifar_folder(tmp_path, "binary")
    raw = (tmp_path / "cifar-10-batches-bin" / "test_batch.bin").read_bytes()
    image = cifar_10(tmp_path, "test").x[0].reshape(3, 32, 32)
    assert [round(255 * float(image[c, 0, 0])) for c in range(3)] == [
        raw[1], raw[1 + 1024], raw[1 + 2048]
    ]  # fmt: skip


def test_a_pickle_runs_nothing(tmp_path: Path) -> None:
    cifar_folder(tmp_path, "python")

    class Harm:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return Path.touch, (tmp_path / "harm",)  # type: ignore[return-value]

    (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(pickle.dumps(Harm()))
    with pytest.raises(ValueError, match="does not belong into a file of CIFAR-10"):
        cifar_10(tmp_path, "test")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("read", [mnist, cifar_10])
def test_a_folder_without_the_files_is_refused(tmp_path: Path, read: Callable[..., object]) -> None:
    with pytest.raises(FileNotFoundError, match=rf"in .*{tmp_path.name}"):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "not there", "test")
    with pytest.raises(ValueError, match="part must be one of train, test, got 'validation'"):
        read(tmp_path, "validation")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "magic number 0x803 and 3 sizes"),
        (struct.pack(">2i", 0x801, 1) + b"1", "magic number 0x803"),
        (struct.pack(">2i", 0x803, 1), "magic number 0x803 and 3 sizes"),
        (struct.pack(">4i", 0x803, 2, 28, 28) + b"12345", r"\(2, 28, 28\) bytes .* got 5"),
        (struct.pack(">4i", 0x803, 1, 1, 1) + b"1", "1 images and 7 labels"),
    ],
)
def test_mnist_of_another_format_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    write_mnist(tmp_path, "train", 7, packed=False)
    (tmp_path / MNIST_FILES["train"][0]).write_bytes(content)
    with pytest.raises(ValueError, match=why):
        mnist(tmp_path)


@pytest.mark.parametrize("version", ["binary", "python"])
@pytest.mark.parametrize("content", [b"", b"1" * 3074, pickle.dumps({b"data": [1]})])
def test_cifar_10_of_another_format_is_refused(
    tmp_path: Path, version: str, content: bytes
) -> None:
    cifar_folder(tmp_path, version)
    [inner] = tmp_path.iterdir()
    [path] = inner.glob("test_batch*")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path.name} must"):
        cifar_10(tmp_path, "test")


def test_labels_out_of_range_are_refused(tmp_path: Path) -> None:
    cifar_folder(tmp_path, "binary")
    path = tmp_path / "cifar-10-batches-bin" / "test_batch.bin"
    path.write_bytes(b"\x0a" + path.read_bytes()[1:])
    with pytest.raises(ValueError, match=r"labels must be in 0\.\.9"):
        cifar_10(tmp_path, "test")
