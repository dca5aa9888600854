"""Speed and quality runs; results are recorded in ``results/`` as they came out.

``python -m bench`` measures Kefu; ``--with-rasa`` installs Rasa 3.6.21 into an environment of its
own (Python 3.10) and measures it in the same run, on the same projects, with the same client.
"""
