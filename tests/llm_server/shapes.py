"""Shapes of request bodies, and the strict JSON schemas that providers accept.

A check takes (value, path) and raises Breach; a wire turns the breach into its provider's own words. A path is a tuple of
keys and indices: ("messages", 0, "role").
"""
import math

STRICT_OPENAI_UNSUPPORTED = {"allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "oneOf", "patternProperties"}
# Anthropic compiles fewer keywords: no numerical or length bounds, and minItems only as 0 or 1.
STRICT_ANTHROPIC_UNSUPPORTED = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
                                "maxItems", "uniqueItems", "not", "if", "then", "else", "oneOf", "patternProperties"}


class Breach(Exception):
    """kind: unknown | missing | type | value | low | high | schema | rule; wanted: what was expected, in words or as a list."""

    def __init__(self, kind, path, wanted="", got=None):
        super().__init__(f"{kind} {path} {wanted}")
        self.kind, self.path, self.wanted, self.got = kind, tuple(path), wanted, got


def json_type(value):
    if isinstance(value, bool):
        return "a boolean"
    for kind, name in ((str, "a string"), (int, "an integer"), (float, "a decimal"), (dict, "an object"), (list, "an array")):
        if isinstance(value, kind):
            return name
    return "null"


def anything(value, path):
    pass


def text(value, path):
    if not isinstance(value, str):
        raise Breach("type", path, "a string", value)


def non_empty(value, path):
    text(value, path)
    if not value:
        raise Breach("rule", path, "must be non-empty", value)


def boolean(value, path):
    if not isinstance(value, bool):
        raise Breach("type", path, "a boolean", value)


def number(low=-math.inf, high=math.inf):
    def check(value, path):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Breach("type", path, "a decimal", value)
        if value < low:
            raise Breach("low", path, low, value)
        if value > high:
            raise Breach("high", path, high, value)
    return check


def integer(low=-2**63, high=2**63 - 1):
    def check(value, path):
        if isinstance(value, bool) or not isinstance(value, int):
            raise Breach("type", path, "an integer", value)
        if value < low:
            raise Breach("low", path, low, value)
        if value > high:
            raise Breach("high", path, high, value)
    return check


def one_of(*words):
    def check(value, path):
        if value not in words or isinstance(value, bool) != any(isinstance(word, bool) for word in words):
            raise Breach("value", path, list(words), value)
    return check


def matching(pattern, words):
    def check(value, path):
        text(value, path)
        if not pattern.fullmatch(value):
            raise Breach("rule", path, f"does not match the pattern {words}", value)
    return check


def nullable(check):
    return lambda value, path: None if value is None else check(value, path)


def items(check, least=0, most=10**6):
    def check_all(value, path):
        if not isinstance(value, list):
            raise Breach("type", path, "an array", value)
        if len(value) < least:
            raise Breach("low", path, least, value)
        if len(value) > most:
            raise Breach("high", path, most, value)
        for index, item in enumerate(value):
            check(item, (*path, index))
    return check_all


def record(required=None, optional=None, is_open=False):
    required, optional = required or {}, optional or {}

    def check(value, path):
        if not isinstance(value, dict):
            raise Breach("type", path, "an object", value)
        for key in required:
            if key not in value:
                raise Breach("missing", (*path, key))
        for key, field in value.items():
            field_check = required.get(key) or optional.get(key)
            if field_check:
                field_check(field, (*path, key))
            elif not is_open:
                raise Breach("unknown", (*path, key))
    return check


def mapping(check):
    def check_all(value, path):
        if not isinstance(value, dict):
            raise Breach("type", path, "an object", value)
        for key, field in value.items():
            check(field, (*path, key))
    return check_all


def switch(key, cases, default=None):
    """The check of cases[value[key]]; `default` is the key's value when it is absent."""
    def check(value, path):
        if not isinstance(value, dict):
            raise Breach("type", path, "an object", value)
        if key not in value and default is None:
            raise Breach("missing", (*path, key))
        chosen = value.get(key, default)
        if not isinstance(chosen, str) or chosen not in cases:
            raise Breach("value", (*path, key), list(cases), chosen)
        cases[chosen](value, path)
    return check


def by_type(**checks):
    """Which check holds is told by the JSON type: by_type(str=text, list=items(...))."""
    names = {"str": "a string", "list": "an array", "dict": "an object"}

    def check(value, path):
        kind = type(value).__name__
        if kind not in checks:
            raise Breach("type", path, " or ".join(names[name] for name in checks), value)
        checks[kind](value, path)
    return check


def schema_fault(schema, unsupported, all_required, path=()):
    """(path, why) of the first thing that keeps a JSON schema from being strict; None when it is."""
    if not isinstance(schema, dict):
        return path, "schema must be an object"
    for keyword in schema:
        if keyword in unsupported and not (keyword == "minItems" and schema[keyword] in (0, 1)):
            return path, f"'{keyword}' is not permitted"
    if not path and schema.get("type") != "object":
        return path, "schema must have type 'object' at its root"
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            return path, "'additionalProperties' is required to be supplied and to be false"
        if all_required and sorted(schema.get("required", [])) != sorted(properties):
            return path, "'required' is required to be supplied and to be an array including every key in properties"
        if set(schema.get("required", [])) - set(properties):
            return path, "'required' names a key that is not in properties"
    if schema.get("type") == "array" and "items" not in schema:
        return path, "array schema missing items"
    if not any(key in schema for key in ("type", "anyOf", "enum", "const", "$ref", "allOf")):
        return path, "schema must have a 'type' key"
    for key in ("properties", "$defs"):
        for name, inner in schema.get(key, {}).items():
            if fault := schema_fault(inner, unsupported, all_required, (*path, key, name)):
                return fault
    inner_schemas = [("items", schema["items"])] if "items" in schema else []
    inner_schemas += [(f"anyOf {index}", inner) for index, inner in enumerate(schema.get("anyOf", []))]
    for key, inner in inner_schemas:
        if fault := schema_fault(inner, unsupported, all_required, (*path, key)):
            return fault
    return None


def instance_of(schema):
    """The plainest value that fits a schema: what a model under structured output says when nothing is scripted."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("anyOf"):
        return instance_of(schema["anyOf"][0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {key: instance_of(inner) for key, inner in schema.get("properties", {}).items()}
    if kind == "number":
        return min(max(0.5, schema.get("minimum", 0.5)), schema.get("maximum", 0.5))
    if kind == "integer":
        return max(0, schema.get("minimum", 0))
    return {"string": "", "array": [], "boolean": False}.get(kind)
