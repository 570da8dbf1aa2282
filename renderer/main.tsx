/**
 * Entry of the screens: picks the transport (Electron's bridge, else the WebSocket of the host that served the page) and mounts them.
 */

import { mount } from './mount.tsx'
import { bridgeClient } from './transport/bridge.ts'
import { socketAddress, websocketClient } from './transport/websocket.ts'

mount(document.getElementById('root')!, window.rehome ? bridgeClient(window.rehome) : websocketClient(socketAddress(window.location)))
