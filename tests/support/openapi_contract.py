"""docs/openapi.yaml as a judge: which answers the document allows, and what of it was never seen."""

import re

import jsonschema
import yaml

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Contract:
    """Judges answers by one OpenAPI document and remembers which of its answers it has seen."""

    def __init__(self, text):
        self.document = yaml.safe_load(text)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.seen = set()
        for schema in self.schemas().values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def follow(self, node):
        """The node itself, or what its $ref names."""
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def operations(self):
        """(method, path template) of all that the document describes."""
        return {(method, path) for path, item in self.document["paths"].items() for method in item if method in METHODS}

    def answers(self):
        """(method, path template, status) of all that the document describes."""
        return {(method, path, status) for method, path in self.operations()
                for status in self.document["paths"][path][method]["responses"]}

    def schemas(self):
        return self.document["components"]["schemas"]

    def operation(self, method, template):
        return self.document["paths"][template][method.lower()]

    def parameters(self, method, template):
        """By (name, place): those of the path and of the operation."""
        both = self.document["paths"][template].get("parameters", []) + \
            self.operation(method, template).get("parameters", [])
        return {(found["name"], found["in"]): found for found in map(self.follow, both)}

    def faults(self, schema, value):
        """What is wrong with a value, in words; empty when nothing is."""
        checker = jsonschema.FormatChecker()
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver, format_checker=checker)
        return [f"{'/'.join(map(str, fault.absolute_path)) or '(all)'}: {fault.message[:300]}"
                for fault in validator.iter_errors(value)]

    def request_faults(self, method, template, body):
        """Whether the document would let this JSON body pass. None: no body."""
        described = self.operation(method, template).get("requestBody")
        if described is None:
            return [] if body is None else ["a body where the document has none"]
        described = self.follow(described)
        if body is None:
            return ["no body where one is required"] if described.get("required") else []
        return self.faults(described["content"]["application/json"]["schema"], body)

    def answer_faults(self, method, template, answer):
        """What of an answer the document does not allow."""
        responses = self.operation(method, template)["responses"]
        status = str(answer.status)
        if status not in responses:
            return [f"status {status} is not among {sorted(responses)}"]
        self.seen.add((method.lower(), template, status))
        described = self.follow(responses[status])
        return self.header_faults(described, answer) + self.body_faults(described, answer)

    def header_faults(self, described, answer):
        found = []
        for name, header in described.get("headers", {}).items():
            header = self.follow(header)
            value = answer.headers.get(name.lower())
            if value is None:
                found += [f"header {name} is missing"] if header.get("required") else []
                continue
            found += [f"header {name}: {fault}" for fault in self.faults(header["schema"], value)]
        return found

    def body_faults(self, described, answer):
        content = described.get("content")
        if content is None:
            return ["a body where the document has none"] if answer.body else []
        media = re.split(r"\s*;", answer.headers.get("content-type", ""))[0]
        if media not in content:
            return [f"content type {media!r} is not among {sorted(content)}"]
        schema = content[media].get("schema")
        if schema is None:
            return [] if answer.body else ["the body is empty"]
        value = answer.json() if media.endswith("json") else answer.body.decode()
        return self.faults(schema, value)
