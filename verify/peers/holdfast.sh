# Holdfast: a whole cell in one process and two mounts of it, by the launcher $HOLDFAST. A cold client
# has an empty cache. close() returns when the server has everything, so there is nothing to drain.
PORT=${PORT:-8402}
export HOLDFAST_SERVERS=$SRV/servers.json HOLDFAST_BUILD=never
start() {
  "$HOLDFAST" serve --data "$SRV" --directory-port "$PORT" --locking-port $((PORT + 2)) \
    --files-port $((PORT + 4)) >"$RUN/serve.log" 2>&1 &
  echo $! >"$RUN/serve.pid"
  for i in $(seq 300); do grep -q 'a cell is up' "$RUN/serve.log" && return; sleep .1; done; return 1
}
m() { "$HOLDFAST" mount --background --cache "$RUN/cache-$2" "$1"; }
u() { # its process ends a moment after
  "$HOLDFAST" umount "$1"
  for i in $(seq 100); do pgrep -f -- "--cache $RUN/cache-$2 " >/dev/null || break; sleep .1; done
  rm -rf "$RUN/cache-$2"
}
mount_a() { m "$A" a; }; umount_a() { u "$A" a; }
mount_b() { m "$B" b; }; umount_b() { u "$B" b; }
stop() {
  local p; p=$(cat "$RUN/serve.pid"); kill "$p"
  for i in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep .1; done
}
