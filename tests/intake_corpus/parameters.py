"""Parameters: what forms and JSON may say, and everything they may not."""
# ruff: noqa: E501 - a row is a line

import json

from tests.app.pictures import plain
from tests.intake_corpus.case import (
    GOOD,
    PICTURE_PARTS,
    STYLE_PART,
    Case,
    data,
    of_fields,
    of_json,
    of_json_params,
    of_parts,
    part,
)

_RANGE, _FINITE, _VALUE = "out_of_range", "not_finite", "invalid_value"


def _field(name: str, text: str, code: str | None, label: str = "") -> Case:
    """Return the row of one field of a form; None for a value that is accepted."""
    return Case(
        f"{name}={label or text}",
        lambda: of_fields((name, text)),
        202 if code is None else 422,
        code,
    )


#: Each bound, and one step beyond it.
BOUNDS = [
    _field(name, text, code)
    for name, good, wrong in (
        ("size", ("64", "4096"), ("63", "4097", "0", "-1")),
        ("steps", ("1", "2000"), ("0", "2001", "-1")),
        ("seed", ("0", "2147483647"), ("-1", "2147483648", "99999999999999999999")),
        ("style_strength", ("0", "1", "1e-9"), ("-0.001", "1.001", "1e300")),
        ("content_strength", ("0.0", "1.0"), ("-1", "2")),
        ("style_scale", ("0.25", "4"), ("0.249", "4.001")),
        ("total_variation", ("0", "10"), ("-0.1", "10.1")),
        ("learning_rate", ("0.001", "0.2"), ("0", "0.21")),
        ("gradient_clip", ("0.01", "100"), ("0.009", "101")),
        ("averaging", ("0", "1"), ("-0.1", "1.1")),
        ("tile_size", ("128", "4096"), ("112", "4112")),
        ("style_weight", ("0.001", "100"), ("0", "100.1", "-1")),
        ("ttl_seconds", ("3600", "604800"), ("3599", "604801", "-1")),
        ("working_size", ("64", "512"), ("63", "513")),
    )
    for texts, code in ((good, None), (wrong, _RANGE))
    for text in texts
]

NUMBERS = [
    *(
        _field(name, text, _FINITE)
        for name in ("style_strength", "steps", "seed", "ttl_seconds", "style_weight")
        for text in ("nan", "NaN", "-NaN", "inf", "-inf", "Infinity", "+infinity")
    ),
    _field("style_strength", "1e999", _FINITE),
    *(
        _field("steps", text, _VALUE, label)
        for text, label in {
            " 5": "5 behind a blank",
            "5 ": "5 before a blank",
            "+5": "",
            "5.0": "",
            "1e2": "",
            "0x10": "",
            "0b11": "",
            "1_000": "",
            "1,000": "",
            "007": "",
            "٥": "an Arabic digit",
            "５": "a wide digit",
            "²": "a raised digit",
            "五": "a Chinese digit",
            "5\0": "5 before a NUL",
            "5;drop table": "",
            "true": "",
            "null": "",
            "[5]": "",
            "{}": "",
            '"5"': "",
            "9" * 5000: "5,000 nines",
        }.items()
    ),
    _field("steps", "", None, "nothing"),
    _field("style_strength", "0,5", _VALUE),
    _field("style_strength", ".5", _VALUE),
    _field("style_strength", "1e", _VALUE),
    _field("style_strength", "０.５", _VALUE),
    _field("style_strength", "½", _VALUE),
    _field("early_stop", "yes", _VALUE),
    _field("early_stop", "1", _VALUE),
    _field("early_stop", "true", None),
    _field("tile_size", "129", _VALUE),
]

CHOICES = [
    _field("preset", "ultra", "unknown_preset"),
    _field("preset", "Draft", "unknown_preset"),
    _field("preset", "", None, "nothing"),
    _field("preset", "draft", None),
    _field("color", "sepia", _VALUE),
    _field("optimizer", "sgd", _VALUE),
    _field("pooling", "min", _VALUE),
    _field("network", "resnet50", _VALUE),
    _field("start", "image", _VALUE),
    _field("style_layers", '{"relu9_9": 1}', "unknown_layer"),
    _field("style_layers", '{"conv1": 1}', "unknown_layer"),
    _field("style_layers", '{"relu1_1": -1}', _RANGE),
    _field("style_layers", '{"relu1_1": NaN}', _FINITE),
    _field("style_layers", '{"relu1_1": 0}', _VALUE),
    _field("style_layers", '{"relu1_1": 1, "relu1_1": 2}', _VALUE),
    _field("style_layers", "{}", _VALUE),
    _field("style_layers", "{'relu1_1': 1}", _VALUE),
    _field("style_layers", "[" * 16_000, _VALUE, "16,000 brackets"),
    _field("content_layers", '{"relu4_2": 1}', None),
    _field("rungs", "[[64, 3], [512, 5]]", None),
    _field("rungs", "[[512, 0]]", _RANGE),
    _field("rungs", "[]", _VALUE),
    _field("metadata", '{"user": "ü"}', None),
    _field("metadata", "[]", _VALUE),
    _field("metadata", "nonsense", _VALUE),
    _field("metadata", '{"a": NaN}', _FINITE),
    _field("metadata", '{"a": "\\ud800"}', _VALUE),
    _field("metadata", '{"a":' * 99 + "1" + "}" * 99, _VALUE, "99 deep"),
    _field("webhook", "nonsense", _VALUE),
    _field("webhook", '{"url": "https://10.0.0.1/"}', "webhook_url_forbidden"),
    _field(
        "webhook", '{"url": "https://[::ffff:127.0.0.1]/"}', "webhook_url_forbidden"
    ),
    _field("webhook", '{"url": "https://2130706433/"}', "webhook_url_forbidden"),
    _field("webhook", '{"url": "https://u:p@example.com/"}', "webhook_url_forbidden"),
    _field("webhook", '{"url": "file:///etc/passwd"}', "webhook_url_forbidden"),
]

FIELDS = [
    _field("stepps", "5", "unknown_field"),
    _field("steps[]", "5", "unknown_field"),
    _field("Steps", "5", "unknown_field"),
    _field("__class__", "5", "unknown_field"),
    Case("a field with an empty name", lambda: of_fields(("", "5")), 422,
         "unknown_field"),
    Case("a field with a name of 3,000", lambda: of_fields(("x" * 3000, "5")), 422,
         "unknown_field"),
    Case("a field with a name of 5,000", lambda: of_fields(("x" * 5000, "5")), 400,
         "malformed_body"),
    Case("steps twice", lambda: of_fields(("steps", "5"), ("steps", "5")), 422,
         "duplicate_field"),
    Case("content twice", lambda: of_parts(
        part("content", GOOD, "a"), PICTURE_PARTS), 422, "duplicate_field"),
    Case("weights in two ways", lambda: of_fields(
        ("style_weight", "1"), ("style_weights", "[1]")), 422, "duplicate_field"),
    Case("two weights for a painting", lambda: of_fields(
        ("style_weight", "1"), ("style_weight", "1")), 422, "style_weights_mismatch"),
    Case("no content", lambda: of_parts(STYLE_PART), 422, "missing_content"),
    Case("no style", lambda: of_parts(part("content", GOOD, "a")), 422, "missing_style"),
    Case("no field at all", lambda: of_parts(), 422, "missing_content"),
    Case("content as text", lambda: of_parts(
        part("content", b"hello"), STYLE_PART), 422, "missing_content"),
    Case("content as a browser sends nothing", lambda: of_parts(
        part("content", b"", ""), STYLE_PART), 422, "missing_content"),
    Case("steps as a file", lambda: of_parts(
        PICTURE_PARTS, part("steps", b"5", "five.txt")), 422, _VALUE),
    Case("five paintings", lambda: of_parts(
        PICTURE_PARTS, *[STYLE_PART] * 4), 422, "too_many_styles"),
    Case("four paintings", lambda: of_parts(
        PICTURE_PARTS, *[STYLE_PART] * 3), 202),
    Case("a style of the library that is not there", lambda: of_parts(
        part("content", GOOD, "a"), part("style_id", b"../../etc/passwd")),
        404, "style_not_found"),
    Case("a style of the library, and one that is sent", lambda: of_parts(
        PICTURE_PARTS, part("style_id", b"starry_night")), 202),
    Case("two masks for a painting", lambda: of_parts(
        PICTURE_PARTS, *[part("mask", GOOD, "m")] * 2), 422, "too_many_masks"),
    Case("a mask of another shape", lambda: of_parts(
        PICTURE_PARTS, part("mask", plain(size=(40, 40)), "m")), 422, "mask_bad_aspect"),
    Case("init, and another start", lambda: of_parts(
        PICTURE_PARTS, part("init", GOOD, "i")), 422, _VALUE),
    Case("a text of 17 kB", lambda: of_fields(("metadata", json.dumps(
        {"a": "x" * 17_000}))), 413, "upload_too_large"),
]  # fmt: skip


def _in_json(label: str, text: str, code: str | None, status: int = 422) -> Case:
    return Case(
        f"params in JSON: {label}",
        lambda: of_json_params(text),
        202 if code is None else status,
        code,
    )


IN_JSON = [
    _in_json("none", "{}", None),
    _in_json("null", "null", None),
    _in_json("steps 5", '{"steps": 5}', None),
    _in_json("steps as text", '{"steps": "5"}', _VALUE),
    _in_json("steps 5.0", '{"steps": 5.0}', _VALUE),
    _in_json("steps 5.5", '{"steps": 5.5}', _VALUE),
    _in_json("steps true", '{"steps": true}', _VALUE),
    _in_json("steps a list", '{"steps": [5]}', _VALUE),
    _in_json("steps an object", '{"steps": {"a": 5}}', _VALUE),
    _in_json("steps 2001", '{"steps": 2001}', _RANGE),
    _in_json("seed of 400 digits", f'{{"seed": {"9" * 400}}}', _RANGE),
    _in_json("seed of 5,000 digits", f'{{"seed": {"9" * 5000}}}', _RANGE),
    _in_json("strength NaN", '{"style_strength": NaN}', _FINITE),
    _in_json("strength -Infinity", '{"style_strength": -Infinity}', _FINITE),
    _in_json("strength 1e999", '{"style_strength": 1e999}', _FINITE),
    _in_json("strength of many places", f'{{"style_strength": 0.{"1" * 5000}}}', None),
    _in_json("strength as text", '{"style_strength": "0.5"}', _VALUE),
    _in_json("a list", "[]", _VALUE),
    _in_json("a text", '"steps"', _VALUE),
    _in_json("an unknown name", '{"stepps": 5}', "unknown_field"),
    _in_json("__proto__", '{"__proto__": {"steps": 5}}', "unknown_field"),
    _in_json("a name twice", '{"steps": 5, "steps": 6}', "duplicate_field"),
    _in_json("a name twice, one escaped", '{"steps": 5, "st\\u0065ps": 6}',
             "duplicate_field"),
    _in_json("300 wrong names", json.dumps({f"x{i}": i for i in range(300)}),
             "unknown_field"),
    _in_json("99 deep", '{"a":' * 99 + "1" + "}" * 99, "malformed_body", 400),
    _in_json("layers NaN", '{"style_layers": {"relu1_1": NaN}}', _FINITE),
    _in_json("a layer nobody knows", '{"style_layers": {"relu9_1": 1}}', "unknown_layer"),
    _in_json("weights for two", '{"style_weights": [1, 1]}', "style_weights_mismatch"),
    _in_json("a preset nobody knows", '{"preset": "x"}', "unknown_preset"),
]  # fmt: skip

MEMBERS = [
    Case("JSON without content", lambda: of_json(content=...), 422, "missing_content"),
    Case("JSON without styles", lambda: of_json(styles=...), 422, "missing_style"),
    Case("JSON with no styles", lambda: of_json(styles=[]), 422, "missing_style"),
    Case("JSON with five styles", lambda: of_json(styles=[data()] * 5), 422,
         "too_many_styles"),
    Case("JSON with styles as an object", lambda: of_json(styles=data()), 422, _VALUE),
    Case("JSON with an unknown member", lambda: of_json(steps=5), 422, "unknown_field"),
    Case("JSON with content as text", lambda: of_json(content="x"), 422, _VALUE),
    Case("JSON with content in two ways", lambda: of_json(
        content={**data(), "url": "https://x.example/"}), 422, _VALUE),
    Case("JSON with a URL, and URLs are off", lambda: of_json(
        content={"url": "https://x.example/a.png"}), 422, "url_input_disabled"),
    Case("JSON with a file's URL", lambda: of_json(
        content={"url": "file:///etc/passwd"}), 422, "url_input_disabled"),
    Case("JSON with no base64", lambda: of_json(content={"data": "%%%"}), 422, _VALUE),
    Case("JSON with base64 cut off", lambda: of_json(
        content={"data": data()["data"][:-5]}), 422, _VALUE),
    Case("JSON with empty base64", lambda: of_json(content={"data": ""}), 422,
         "image_empty"),
    Case("JSON with base64 of text", lambda: of_json(content=data(b"hello")), 415,
         "unsupported_image_type"),
    Case("JSON with half a picture", lambda: of_json(content=data(GOOD[:-20])), 422,
         "image_unreadable"),
    Case("JSON with a data URL that is no base64", lambda: of_json(
        content={"data": "data:image/png,x"}), 422, _VALUE),
    Case("JSON with an unknown style", lambda: of_json(
        styles=[{"style_id": "nobody"}]), 404, "style_not_found"),
    Case("JSON with ttl as text", lambda: of_json(ttl_seconds="3600"), 422, _VALUE),
    Case("JSON with metadata as a list", lambda: of_json(metadata=[]), 422, _VALUE),
    Case("JSON with metadata of 20 kB", lambda: of_json(
        metadata={f"a{i}": "x" * 1000 for i in range(20)}), 413, "upload_too_large"),
]  # fmt: skip

CASES = [*BOUNDS, *NUMBERS, *CHOICES, *FIELDS, *IN_JSON, *MEMBERS]
