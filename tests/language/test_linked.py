"""A notice as linked data: another program's parser reads it, the vocabulary knows each of its terms, and nothing that was promised is left out."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS

from upheld.language.law import load_law
from upheld.language.promises import compile_program
from upheld.language.promises.linked import NAMESPACES, to_jsonld, vocabulary
from upheld.language.promises.model import AllOf, AnyOf, Known, Program, Promise, Some, Test

ROOT = Path(__file__).parents[2]
DPV = ROOT.parent / "shared" / "data" / "dpv"
EXAMPLES = sorted(each.parent for each in ROOT.glob("examples/*/notice.md"))
LISTS = {"dpv": "dpv.csv", "pd": "pd.csv", "loc": "loc.csv", "eu-gdpr": "eu-gdpr.csv", "justifications": "justifications.csv"}
RULES = {"may": "Permission", "will": "Obligation", "never": "Prohibition"}
needs_dpv = pytest.mark.skipif(not DPV.is_dir(), reason="the vocabulary's own lists are not beside the project")


@cache
def program_of(folder: Path) -> Program:
    sources = {each.name: each.read_text("utf-8") for each in folder.glob("*") if each.suffix in (".md", ".yaml")}
    deployment = sources.pop("deployment.yaml", None)
    compiled = compile_program(sources, "notice.md", load_law(), ("deployment.yaml", deployment) if deployment else None)
    assert compiled.program is not None, [each.detail for each in compiled.diagnostics]
    return compiled.program


@cache
def graph_of(folder: Path) -> Graph:
    return Graph().parse(data=to_jsonld(program_of(folder)).decode(), format="json-ld")


@cache
def known_terms() -> frozenset[str]:
    found: set[str] = set()
    for file in LISTS.values():
        with (DPV / file).open(encoding="utf-8") as text:
            found |= {row["iri"] for row in csv.DictReader(text)}
    return frozenset(found)


def terms_in(graph: Graph) -> set[str]:
    """Every IRI of a vocabulary's namespace, wherever it stands in a triple."""
    spaces = tuple(NAMESPACES[each] for each in LISTS)
    return {str(each) for triple in graph for each in triple if isinstance(each, URIRef) and str(each).startswith(spaces)}


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda each: each.name)
@needs_dpv
def test_every_term_of_the_vocabulary_that_is_emitted_stands_in_its_own_list(folder: Path) -> None:
    emitted = terms_in(graph_of(folder))
    assert len(emitted) > 40
    assert emitted - known_terms() == set()


@needs_dpv
def test_a_term_that_the_vocabulary_does_not_know_would_be_seen() -> None:
    graph = Graph().parse(
        data='{"@id": "https://w3id.org/dpv#Colect", "@type": "https://w3id.org/dpv#Process"}', format="json-ld"
    )
    assert terms_in(graph) - known_terms() == {"https://w3id.org/dpv#Colect"}


@needs_dpv
def test_every_term_of_our_tables_stands_in_the_vocabulary_s_list() -> None:
    tables = [
        getattr(vocabulary, name)
        for name in dir(vocabulary)
        if name.isupper() and name not in ("NAMESPACES", "RIGHTS_OF", "RECIPIENT_VERBS")
    ]
    terms = {term for table in tables for held in table.values() for term in ([held] if isinstance(held, str) else held)}
    spelled = {NAMESPACES[prefix] + word for prefix, _, word in (term.partition(":") for term in terms)}
    assert len(spelled) > 60 and spelled - known_terms() == set()


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda each: each.name)
def test_each_clause_and_each_promise_is_there_and_says_whether_it_permits_obliges_or_prohibits(folder: Path) -> None:
    program, graph = program_of(folder), graph_of(folder)
    identified = {str(each) for each in graph.objects(None, DCTERMS.identifier)}
    assert identified == {clause.id for notice in program.notices for clause in notice.clauses}
    for promise in program.promises:
        node = node_of(program, promise)
        kinds = {str(kind) for kind in graph.objects(node, RDF.type)}
        assert kinds == {NAMESPACES["dpv"] + "Process", NAMESPACES["dpv"] + RULES[promise.modality]}
        parts = {str(each).partition("#")[2] for each in graph.objects(node, DCTERMS.isPartOf)}
        assert parts == set(promise.source.clauses)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda each: each.name)
def test_no_key_of_a_promise_is_left_out(folder: Path) -> None:
    program = program_of(folder)
    nodes = {node["@id"]: node for node in json.loads(to_jsonld(program))["@graph"]}
    for promise in program.promises:
        node = nodes["notice:" + promise.id.replace("#", ".promise-")]
        said = set(properties(node))
        for key in keys_of(promise):
            of_the_vocabulary = vocabulary.PROPERTIES.get(key)
            others = {"to": "dpv:hasRecipient", "act": "dpv:hasProcessing", "as": "upheld:as", "by": "upheld:by"}
            assert said & {of_the_vocabulary, others.get(key), f"upheld:{key}"}, (promise.id, key, said)
        assert (promise.end is not None or bool(promise.lasting)) <= bool(said & {"dpv:hasDuration", "upheld:while"})
        assert (promise.due is not None) <= ("upheld:within" in node)
        assert (promise.door is not None) == ("upheld:unless" in node and node["upheld:unless"].__class__ is dict)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda each: each.name)
def test_every_name_that_is_used_is_described_and_no_context_is_fetched(folder: Path) -> None:
    document = json.loads(to_jsonld(program_of(folder)))
    assert isinstance(document["@context"], dict)
    described = {node["@id"] for node in document["@graph"]}
    assert len(described) == len(document["@graph"]), "no two nodes bear one name"
    used = set(re.findall(r'"@id": "(notice:[^"]+)"', json.dumps(document)))
    assert used - described == set()
    # The only addresses are names of vocabularies, and that of the notice itself.
    addresses = {each for each in document["@context"].values() if isinstance(each, str)}
    assert addresses - set(NAMESPACES.values()) == {document["@context"]["notice"]}


def test_the_page_s_own_address_names_its_clauses() -> None:
    program = program_of(EXAMPLES[0])
    document = json.loads(to_jsonld(program, "https://firm.example.test/privacy/"))
    assert document["@context"]["notice"] == "https://firm.example.test/privacy/#"


def node_of(program: Program, promise: Promise) -> URIRef:
    return URIRef(base_of(program) + promise.id.replace("#", ".promise-"))


def base_of(program: Program) -> str:
    version = program.notices[0]
    return f"https://upheld.example.test/notices/{version.notice}/{version.updated.isoformat()}#"


def properties(node: Any) -> list[str]:
    if isinstance(node, list):
        return [key for each in node for key in properties(each)]
    if not isinstance(node, dict):
        return []
    return [*node, *(key for held in node.values() for key in properties(held))]


def keys_of(promise: Promise) -> set[str]:
    def of(test: Test) -> set[str]:
        match test:
            case AnyOf(key, _) | AllOf(key, _) | Known(key, _, _):
                return {key}
            case Some(tests):
                return {key for each in tests for key in of(each)}
        return set()

    offered = {"as"} if promise.verb == "offer" else set()
    return {key for test in (*promise.scope, *(promise.door or ())) for key in of(test)} | (set(promise.terms) - offered)
