#!/usr/bin/python3
"""A StatusNotifierWatcher and host: prints one JSON line for every tray item's state. Used by the window tests."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"


def say(**what):
    print(json.dumps(what), flush=True)


class Watcher(dbus.service.Object):
    def __init__(self, bus):
        self.bus = bus
        self.items = []
        super().__init__(dbus.service.BusName(WATCHER, bus), "/StatusNotifierWatcher")

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        name, path = (sender, service) if service.startswith("/") else (service, "/StatusNotifierItem")
        self.items.append(name + path)
        self.read(name, path)
        for signal in ("NewToolTip", "NewIcon", "NewStatus"):
            self.bus.add_signal_receiver(lambda *_a: self.read(name, path), signal, ITEM, name, path)

    def read(self, name, path):
        item = dbus.Interface(self.bus.get_object(name, path), "org.freedesktop.DBus.Properties")

        def got(all_):
            tip = all_.get("ToolTip")
            pixmaps = all_.get("IconPixmap") or []
            say(
                id=str(all_.get("Id", "")),
                status=str(all_.get("Status", "")),
                tooltip=str(tip[2]) if tip is not None and len(tip) > 2 else "",
                icon=[[int(p[0]), int(p[1]), sum(1 for i in range(0, len(p[2]), 4) if p[2][i])] for p in pixmaps],
            )
            menu = all_.get("Menu")
            if menu:
                self.read_menu(name, str(menu))

        item.GetAll(ITEM, reply_handler=got, error_handler=lambda e: say(error=str(e)))

    def read_menu(self, name, path):
        menu = dbus.Interface(self.bus.get_object(name, path), "com.canonical.dbusmenu")

        def got(_revision, layout):
            say(menu=[str(child[1].get("label", "")) for child in layout[2]])

        menu.GetLayout(0, -1, ["label"], reply_handler=got, error_handler=lambda e: say(error=str(e)))

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, _service):
        pass

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        if name == "IsStatusNotifierHostRegistered":
            return dbus.Boolean(True)
        if name == "RegisteredStatusNotifierItems":
            return dbus.Array(self.items, signature="s")
        return dbus.Int32(0)

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "RegisteredStatusNotifierItems": dbus.Array(self.items, signature="s"),
            "ProtocolVersion": dbus.Int32(0),
        }

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, _service):
        pass

    @dbus.service.signal(WATCHER)
    def StatusNotifierHostRegistered(self):
        pass


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
Watcher(dbus.SessionBus())
say(ready=True)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_HUP, lambda *_: loop.quit())
loop.run()
