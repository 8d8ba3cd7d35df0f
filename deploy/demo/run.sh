#!/usr/bin/env bash
# Builds Martlet, starts it with the demo load, says what to open, and stays until Ctrl-C, which ends both.
# PORT is Martlet's (9090); DEMO_PORT the first of the demo's eight (19100). An empty ./data gets a year of history first; HISTORY=skip leaves it out.
set -euo pipefail
cd "$(dirname "$0")/../.."

port=${PORT:-9090}
demo_port=${DEMO_PORT:-19100}
folder=deploy/demo
made=()
children=()

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Whether the server says it is ready; in the shell's own means, so that nothing need be installed for it.
ready() {
    local answer=
    { exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /-/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && read -r answer <&3; } 2>/dev/null || true
    exec 3>&- || true
    [[ $answer == *" 200 "* ]]
}

if in_use "$port"; then
    echo "Port $port is in use by another program. Choose another one: make run PORT=$((port + 1))" >&2
    exit 1
fi
for offset in {0..7}; do
    if in_use $((demo_port + offset)); then
        echo "Port $((demo_port + offset)), which the demo needs, is in use. Choose others: make run DEMO_PORT=$((demo_port + 100))" >&2
        exit 1
    fi
done

swift build -c release --product martlet
martlet=$(swift build -c release --show-bin-path)/martlet

# The configuration names ports; with others than the usual it is rewritten beside the original, so that relative paths still hold.
config=$folder/martlet.yml
if [ "$port" != 9090 ] || [ "$demo_port" != 19100 ]; then
    edits=(-e "s/127\.0\.0\.1:9090/127.0.0.1:$port/" -e "s/targets\.yml/.targets.$port.yml/")
    for offset in {0..7}; do edits+=(-e "s/127\.0\.0\.1:$((19100 + offset))\"/127.0.0.1:$((demo_port + offset))\"/"); done
    config=$folder/.martlet.$port.yml
    made=("$config" "$folder/.targets.$port.yml")
    sed "${edits[@]}" $folder/martlet.yml > "$config"
    sed "${edits[@]}" $folder/targets.yml > "$folder/.targets.$port.yml"
fi

finish() {
    trap - EXIT INT TERM
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
    [ ${#made[@]} -eq 0 ] || rm -f "${made[@]}"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "${HISTORY:-}" != skip ]; then
    [ -e data ] || echo "Making a year of the demo's history, once; it takes about a minute (HISTORY=skip goes without)."
    "$martlet" demo history --config.file="$config" --base-port "$demo_port" data
fi

"$martlet" demo --base-port "$demo_port" &
children+=($!)
"$martlet" serve --config.file="$config" --storage.tsdb.path=data --web.listen-address="127.0.0.1:$port" &
children+=($!)

for _ in {1..600}; do
    for child in "${children[@]}"; do
        kill -0 "$child" 2>/dev/null || { echo "A part of the demo ended before it was ready; its reason is above." >&2; exit 1; }
    done
    ready && break
    sleep 0.1
done

cat <<MESSAGE

Martlet is ready. It asks eight demo targets and itself every five seconds.

  Open    http://127.0.0.1:$port/
  Ask     curl -s 'http://127.0.0.1:$port/api/v1/query' --data-urlencode 'query=up'
          curl -s 'http://127.0.0.1:$port/api/v1/query' --data-urlencode 'query=sum by (status) (rate(http_requests_total[1m]))'
  Zoom    http://127.0.0.1:$port/graph?g0.tab=0&g0.range_input=1y&g0.expr=sum(rate(http_requests_total[5m]))
  Grafana a Prometheus data source with the address http://127.0.0.1:$port

Ctrl-C ends it. The samples stay under ./data.
MESSAGE
# The first of the two to end ends the run.
wait -n "${children[@]}"
