"""What was understood and decided in a turn, and which lines of the project's files decided it.

The log has most of it; which rule or story was behind an action is found by deciding once more,
with the same model, on the conversation as it then was. So any turn of any conversation can be
looked at, in any process, and a turn costs nothing for being looked at later.
"""

from kefu.evaluation.tracing.origins import Origin, Origins
from kefu.evaluation.tracing.turns import Decision, TurnTrace, distinct, trace_turn

__all__ = ["Decision", "Origin", "Origins", "TurnTrace", "distinct", "trace_turn"]
