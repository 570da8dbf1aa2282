/**
 * The two halves of contextBridge: one script in the page's world, one around the preload in a world of its own. They share only the
 * document, and speak through events whose detail is JSON text, so that no object crosses from one world into the other.
 */

/** Runs in the page's world before its own scripts. */
export function inPage() {
  let calls = 0
  const listeners = new Map()
  const speak = (name, value) => window.dispatchEvent(new CustomEvent(`standin:${name}`, { detail: JSON.stringify(value) }))
  const hear = (name, listener, once) => window.addEventListener(`standin:${name}`, (event) => listener(JSON.parse(event.detail)), { once })
  const method =
    (key, name) =>
    (...args) => {
      const id = ++calls
      const sent = args.map((arg) => {
        if (typeof arg !== 'function') return { value: arg }
        listeners.set(listeners.size + 1, arg)
        return { listener: listeners.size }
      })
      let answer = { kind: 'value', value: undefined }
      hear(`return-${id}`, (value) => (answer = value), true)
      const settled = new Promise((resolve, reject) =>
        hear(`settled-${id}`, (s) => (s.ok ? resolve(s.value) : reject(new Error(s.error))), true),
      )
      speak('call', { id, key, name, args: sent })
      if (answer.kind === 'promise') return settled
      if (answer.kind === 'function') return () => speak('undo', { id })
      return answer.value
    }
  hear('expose', ({ key, methods, values }) => {
    const api = { ...values }
    for (const name of methods) api[name] = method(key, name)
    Object.defineProperty(window, key, { value: Object.freeze(api), enumerable: true })
  })
  hear('callback', ({ listener, args }) => listeners.get(listener)?.(...args))
}

/** Runs in the preload's world; `__standinIpc` is the binding that reaches the main process. */
export function inPreload(platform) {
  const apis = new Map()
  const undo = new Map()
  const pending = new Map()
  const channels = new Map()
  let invocations = 0
  const speak = (name, value) => window.dispatchEvent(new CustomEvent(`standin:${name}`, { detail: JSON.stringify(value ?? null) }))
  const hear = (name, listener) => window.addEventListener(`standin:${name}`, (event) => listener(JSON.parse(event.detail)))
  hear('call', ({ id, key, name, args }) => {
    const given = args.map((arg) =>
      'listener' in arg ? (...rest) => speak('callback', { listener: arg.listener, args: rest }) : arg.value,
    )
    const result = apis.get(key)[name](...given)
    if (result instanceof Promise) {
      speak(`return-${id}`, { kind: 'promise' })
      result.then(
        (value) => speak(`settled-${id}`, { ok: true, value }),
        (error) => speak(`settled-${id}`, { ok: false, error: String(error) }),
      )
    } else if (typeof result === 'function') {
      undo.set(id, result)
      speak(`return-${id}`, { kind: 'function' })
    } else speak(`return-${id}`, { kind: 'value', value: result })
  })
  hear('undo', ({ id }) => undo.get(id)?.())
  globalThis.__standinPush = (channel, args) => {
    for (const listener of channels.get(channel) ?? []) listener({}, ...args)
  }
  globalThis.__standinAnswer = (id, answer) => {
    const waiting = pending.get(id)
    pending.delete(id)
    if (answer.ok) waiting.resolve(answer.value)
    else waiting.reject(new Error(answer.error))
  }
  const electron = {
    contextBridge: {
      exposeInMainWorld(key, api) {
        apis.set(key, api)
        const entries = Object.entries(api)
        const values = Object.fromEntries(entries.filter(([, value]) => typeof value !== 'function'))
        speak('expose', { key, methods: entries.filter(([, value]) => typeof value === 'function').map(([name]) => name), values })
      },
    },
    ipcRenderer: {
      invoke(channel, ...args) {
        const id = ++invocations
        return new Promise((resolve, reject) => {
          pending.set(id, { resolve, reject })
          globalThis.__standinIpc(JSON.stringify({ id, channel, args }))
        })
      },
      on(channel, listener) {
        channels.set(channel, [...(channels.get(channel) ?? []), listener])
      },
      removeListener(channel, listener) {
        channels.set(
          channel,
          (channels.get(channel) ?? []).filter((other) => other !== listener),
        )
      },
    },
    webUtils: { getPathForFile: () => '' },
  }
  globalThis.process = { platform }
  globalThis.require = (name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload cannot require '${name}'`)
    return electron
  }
  globalThis.module = { exports: {} }
  globalThis.exports = globalThis.module.exports
}
