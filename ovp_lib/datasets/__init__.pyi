# Data that others know.
#
# >>> from ovp_lib.datasets import digits, of_classes, on_sphere, signs, split
# >>> from ovp_lib.models import stream
# >>> pair = on_sphere(of_classes(digits(), (3, 8)))
# >>> train, test = split(pair, (200, 100), stream(0))
# >>> len(train), len(test), sorted(set(signs(train, (1,))[:, 0].tolist()))
# (200, 100, [-1.0, 1.0])
from ovp_lib.datasets.generated import digits as digits, mnist_1d as mnist_1d
from ovp_lib.datasets.published import cifar_10 as cifar_10, mnist as mnist
from ovp_lib.datasets.labelled import (
    LabelledData as LabelledData,
    grouped as grouped,
    of_classes as of_classes,
    on_sphere as on_sphere,
    separation as separation,
    signs as signs,
    split as split,
)

# What a network fits although there is nothing to learn.
#
# >>> from ovp_lib.datasets import digits, random_labels
# >>> from ovp_lib.models import stream
# >>> data = digits()
# >>> noisy = random_labels(data, 1.0, stream(0))
# >>> round(float((noisy.labels == data.labels).double().mean()), 1)
# 0.1
from ovp_lib.datasets.corruption import (
    corrupted_pixels as corrupted_pixels,
    random_labels as random_labels,
)
