"""What would be done: asks become plans of small steps under one digest."""

from upheld.engine.plan.from_asks import plan, plan_for
from upheld.engine.plan.keeps import Hold
from upheld.engine.plan.model import Ask, Binding, KeepRule, Refused
from upheld.engine.plan.plans import Plan, Preview

__all__ = ["Ask", "Binding", "Hold", "KeepRule", "Plan", "Preview", "Refused", "plan", "plan_for"]
