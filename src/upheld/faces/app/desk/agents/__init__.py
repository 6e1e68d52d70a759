"""Agents who act for many people: known by the firm's file, believed by their signature, told how their requests stand."""

from upheld.faces.app.desk.agents.asking import ask, revoke, status
from upheld.faces.app.desk.agents.faults import AgentFault
from upheld.faces.app.desk.agents.register import Agent, Agents, agents_of, read_agents
from upheld.faces.app.desk.agents.telling import handlers, look
from upheld.faces.app.desk.agents.tokens import agent_of, set_up

__all__ = [
    "Agent",
    "AgentFault",
    "Agents",
    "agent_of",
    "agents_of",
    "ask",
    "handlers",
    "look",
    "read_agents",
    "revoke",
    "set_up",
    "status",
]
