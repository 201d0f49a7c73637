"""What nested mappings have in common, written once: the settings of forty networks that differ in a line or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def shared(everyone: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all mappings have in common, at every depth.

    Examples
    --------
    >>> shared([{"seed": 0, "tasks": {"dt": 20, "tau": 100}}, {"seed": 1, "tasks": {"dt": 20, "tau": 50}}])
    {'tasks': {'dt': 20}}
    """
    common: dict[str, Any] = {}
    for key, value in everyone[0].items():
        others = [each[key] for each in everyone if key in each]
        if len(others) < len(everyone):
            continue
        if all(isinstance(other, Mapping) for other in others):
            common[key] = shared(others)
        elif all(other == value for other in others):
            common[key] = value
    return common


def without(each: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """What a mapping has beside what all have in common.

    Examples
    --------
    >>> without({"seed": 1, "tasks": {"dt": 20, "tau": 50}}, {"tasks": {"dt": 20}})
    {'seed': 1, 'tasks': {'tau': 50}}
    """
    own: dict[str, Any] = {}
    for key, value in each.items():
        if key not in common:
            own[key] = value
        elif isinstance(value, Mapping) and (rest := without(value, common[key])):
            own[key] = rest
    return own


def merged(own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """The whole mapping again.

    Examples
    --------
    >>> merged({"seed": 1, "tasks": {"tau": 50}}, {"tasks": {"dt": 20}})
    {'tasks': {'dt': 20, 'tau': 50}, 'seed': 1}
    """
    whole = dict(common)
    for key, value in own.items():
        both = isinstance(value, Mapping) and isinstance(common.get(key), Mapping)
        whole[key] = merged(value, common[key]) if both else value
    return whole
