"""The diagnostics of notices and promises: code to severity, fixed first line and the remedy that is always true.

Line 1 of a code never changes and holds no user's words. A code is never used again for something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.language.diagnostic import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding. `help` is the general remedy; a finding may say something nearer."""

    code: str
    severity: Severity
    summary: str
    help: str
    reserved: bool = False


_LISTED = """
N101 E | clause is neither bound nor marked as informing | Write a promise block under it, or mark it `.informs`, or `.outside` where it binds somebody else.
N102 E | clause id is missing, repeated or retired | End the paragraph or list item with an id of its own, such as `{#keep.2}`. Ids are never used again.
N103 W | clause marked as informing contains a promise | Take the mark away, or move the block to the clause that makes the promise.
N104 E | block follows no clause | Put the block right under its paragraph or list, or name the clauses with `keeps:`.
N105 E | `keeps` names no clause | Name clauses of this notice, as they stand in braces: `keeps: [keep.2]`.
N201 E | front matter key is missing | Add the key between the two `---` lines at the top of the file.
N202 E | supplement or translation does not match its base | Give it the ids of its base and name the base by its `notice:`.
N203 E | front matter key is unknown or cannot be read | Write the keys of docs/language.md section 6, one a line.
N301 E | text changed but its date did not | Set `updated:` to the day of the change.
N302 E | contact point is named but not in the roster | Add the role to the file that `contacts:` names.
N401 E | file cannot be read as a notice | Name every file that the front matter speaks of, and keep each below a million characters.
P101 E | block is not flat key and value | Write one `key: value` a line; a value is text or a list such as `[a, b]`.
P102 E | key is unknown here | Use the keys of this verb or declaration, as listed in docs/language.md sections 3 and 4.
P103 E | key is repeated | Say each key once; a list holds several values.
P104 E | verb does not take this modal word | `may` is a ceiling, `will` a floor, `never` a wall; docs/language.md section 3 lists which verb takes which.
P105 E | required key is missing | Nothing is assumed: write the key. "None" is written `none`.
P106 E | value is not among those allowed | Use one of the words that this key takes.
P107 E | period or moment cannot be read | Write such as `30 days`, `1 month after received`, `latest of created, disclosed`, `at once`.
P108 E | period has no start | Say what it is counted from: `30 days after received`.
P109 E | door outside a wall | `unless K:` and `and K:` open a wall; on `may` and `will` write plain `unless:` with facts or grounds.
P201 E | name is not defined | Define it in any block: `define: NAME`, `is: KIND`.
P202 E | name is of another kind | Use a name of the kind that this key takes, or define one.
P203 E | definitions run in a circle | Take one of the names out of `holds`.
P204 W | name is defined but never used | Use it in a promise, or take the definition away.
P205 E | data leaf has no mapping and no meaning | Add `dpv: pd:Term` (the nearest broader one), or `dpv: none` with `means:`.
P301 E | setting has no value | Give it one under `settings:` in the front matter, or `estate` where a column holds the period.
P302 E | setting is looser than the text | A deployment may only tighten what the notice says.
P303 E | nothing in the estate supplies this fact or event | Map a column to it in the estate, or define it by what the estate has.
P304 E | permission covers no column, surface or party | Map a column to the data, or take the promise away.
P401 E | permission can never be used: a wall always refuses it | Open a door in the wall, name it with `exception-to:`, or `resolve` the two.
P402 E | floor needs what a wall forbids | Open a door in the wall for it, name it with `exception-to:`, or `resolve` the two.
P403 E | kept at least longer than kept at most | Shorten the floor, lengthen the ceiling, or name the ceiling with `exception-to:`.
P404 E | looser rule does not name the clause it excepts | Add `exception-to:` with the id of the stricter clause.
P405 E | stages add up to more than the stated total | Shorten a stage or lengthen the total.
P406 E | exception is wider than what it excepts | Narrow the exception to what the wall or period covers.
P407 E | resolution loosens the law | Law outranks the notice: let the other clause prevail, or mend the one that is refused.
P408 W | wall has a door that no permission uses | Write the `may` that leads through the door, or close the door.
P409 W | two clauses say the same | Bind both sentences to one block with `keeps:`.
P410 E | acknowledgement used as consent | An acknowledgement opens nothing: offer `as: consent` and name that choice.
P411 W | consent is asked for but opens nothing | Name it with `choice:` in the promise that it opens.
P412 E | a child who is found is not erased, though nothing may be collected | Raise the age of `until: child-found` to the one that blocks.
P420 E | data of another party is worked on without its instruction | Name the party's instruction with `ground:` and the contract with `under:`; only a duty of law needs neither.
P501 E | looser than the law of a regime | Promise at least what the law gives; `law` says it for every regime.
P502 E | no legal basis where the regime asks for one | Add `basis:` to the use, or to the definition of its purpose.
P503 E | basis is consent but no choice is named | Name the choice with `choice:`, or the record of the yes with `needs:`.
P504 E | right of the regime is not granted | Write a `will grant` for it, or grant `all-rights`.
P505 E | right withheld on a ground the regime does not know | Take the ground away, or cite the law's own with `cites:`.
P506 E | kept without end, child's data or no reason | Say an end: a moment after `until:`, or a fact after `while:`.
P507 E | pre-set yes where the regime asks for opt-in | Write `start: no`, or offer it apart for the other regimes with `regime:`.
P508 E | personal data with no retention period | Add a `may retain` with `until:` or `while:`.
P509 E | purpose used but never told at collection | Add the purpose to `for:` where the data are collected, or ask anew with `choice:`.
P510 E | transfer has no safeguard | Name the agreement with `under:`, or write a wall whose door it is.
P511 E | regime needs an officer, authority or contents not given | Name the role, or list what the law wants said.
P512 E | attestation where a probe exists | Write `proven: probe`, or `proven: [probe, attestation]` where a person signs for more than it tries.
P513 E | regime does not supply `law` for this key | Write the value yourself.
P601 E | the language knows no kind of control for this | Use a built-in measure or form, hold one with `holds:`, or say `proven: attestation`.
P602 W | declared in the notice, not in the estate | Map a column to it in the estate, or take it out of the notice.
P603 W | in the estate, not declared in the notice | Say in the notice what is done with it, or take the column's category away.
"""


def _read(listed: str) -> dict[str, Code]:
    found = {}
    for line in listed.strip().splitlines():
        head, summary, remedy, *mark = line.split(" | ")
        code, letter = head.split()
        found[code] = Code(code, "error" if letter == "E" else "warning", summary, remedy, bool(mark))
    return found


CODES: dict[str, Code] = _read(_LISTED)
