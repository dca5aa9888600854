"""Training the rule policy, with every check that Rasa makes."""

from __future__ import annotations

from kefu.core.parts import Parts
from kefu.policies.history import chooses_entities
from kefu.policies.material import Material
from kefu.policies.rule.checking import learn_and_use
from kefu.policies.rule.learning import learn_rules, with_chosen_entities
from kefu.policies.rule.policy import Learned, RulePolicy, RuleSettings
from kefu.policies.rule.problems import clash_problems, rule_problems

__all__ = ["train_rules"]


def train_rules(settings: RuleSettings, material: Material) -> Parts:
    """Learn rules and check them; what is wrong with them goes to the material's problems."""
    domain = material.domain
    problems = rule_problems(settings, material.rules, domain)
    material.problems.extend(problems)
    use = learn_and_use(material.rules, material.stories, settings, domain)
    material.problems.extend(clash_problems(use.clashes, settings))
    learned = use.learned
    if not settings.check_for_contradictions:
        # Rasa then knows neither what only rules use nor which turns to hide.
        learned = Learned(
            rules=learn_rules(material.rules, material.stories, domain).rules,
            loop_rules=learned.loop_rules,
        )
    material.summary.append(f"RulePolicy: {len(learned.rules)} rules")
    if chooses_entities(domain):
        learned = with_chosen_entities(learned, material.rules, domain)
    return RulePolicy(settings, domain, learned).save()
