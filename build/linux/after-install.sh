#!/bin/bash
# After the package is unpacked: the command, the sandbox, menu and (Ubuntu 24.04 and later) the AppArmor profile.
home='/opt/${sanitizedProductName}'
ln -sf "$home/resources/bin/smeshkeeper" /usr/bin/smeshkeeper

# The set-uid helper is needed only where a user may not make namespaces.
if [ -L /proc/self/ns/user ] && unshare --user true 2>/dev/null; then
  chmod 0755 "$home/chrome-sandbox" || true
else
  chmod 4755 "$home/chrome-sandbox" || true
fi
command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database /usr/share/applications || true

profile="$home/resources/apparmor-profile"
if [ -f "$profile" ] && command -v apparmor_parser >/dev/null 2>&1 && apparmor_status --enabled >/dev/null 2>&1; then
  if apparmor_parser --skip-kernel-load --debug "$profile" >/dev/null 2>&1; then
    cp -f "$profile" /etc/apparmor.d/smeshkeeper
    apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/smeshkeeper || true
  fi
fi
exit 0
