#!/bin/bash
# Takes away what after-install made. Nobody's set-up, keys, logs or history are touched.
case "$1" in upgrade | 1) exit 0 ;; esac
rm -f /usr/bin/smeshkeeper
if [ -f /etc/apparmor.d/smeshkeeper ]; then
  command -v apparmor_parser >/dev/null 2>&1 && apparmor_parser --remove /etc/apparmor.d/smeshkeeper || true
  rm -f /etc/apparmor.d/smeshkeeper
fi

# The app and its practice network go with their package. A node and services are programs of the user's own: they go on.
program='/opt/${sanitizedProductName}/smeshkeeper (deleted)'
end_ours() {
  local found=1 process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe" 2>/dev/null)" = "$program" ] || continue
    kill "-$1" "${process#/proc/}" 2>/dev/null && found=0
  done
  return "$found"
}
if end_ours TERM; then
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    end_ours 0 || break
    sleep 0.5
  done
  end_ours KILL || true
fi
exit 0
