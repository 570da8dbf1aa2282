#!/usr/bin/env python3
"""When did payload really move? Fills rehomings[].measured of a truth from its capture: measure.py TRUTH.json... (rewrites them)

A payload unit is a packet with upper-layer data, by protocol: DATA chunks, TCP payload, ESP, LISP data, inner UDP; never probes,
heartbeats or bare acknowledgements. Re-sent data counts: it is payload that the new path delivers. The last unit delivered on the old
pair is the last one sent before the path failed (the script knows when), or, without a failure, before the move.
"""
import collections, json, os, subprocess, sys

FIELDS = ['frame.time_epoch', 'frame.len', 'ip.src', 'ipv6.src', 'ip.dst', 'ipv6.dst', 'tcp.len', 'sctp.chunk_type', 'esp.spi', 'udp.dstport', 'icmp.type', 'icmpv6.type', 'frame.protocols']
FAILURES = {'link-down', 'link-down-admin', 'path-loss', 'heartbeat-loss', 'address-removed', 'reap-exploration', 'rloc-probe-failed'}
DOWN = {'link-down', 'path-down'}

def rows(capture):
    args = ['tshark', '-n', '-r', capture, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-o', 'udp.check_checksum:FALSE']
    for f in FIELDS:
        args += ['-e', f]
    for line in subprocess.run(args, capture_output=True, text=True).stdout.splitlines():
        v = dict(zip(FIELDS, line.split('\t')))
        if v.get('icmp.type') or v.get('icmpv6.type'):
            continue
        first = lambda a, b: (v.get(a) or v.get(b) or '').split(',')[0]
        yield float(v['frame.time_epoch']), int(v['frame.len']), first('ip.src', 'ipv6.src'), first('ip.dst', 'ipv6.dst'), v

def is_payload(protocol, length, v, minimum):
    protos = v.get('frame.protocols', '')
    if protocol == 'mptcp':
        return any(int(x) > 0 for x in v['tcp.len'].split(',') if x)
    if protocol == 'sctp':
        return '0' in v['sctp.chunk_type'].split(',')
    if protocol == 'ikev2-mobike':
        return bool(v['esp.spi']) and length >= minimum
    if protocol == 'hip':
        return bool(v['esp.spi'])
    if protocol == 'lisp':
        return '4341' in v['udp.dstport'].split(',')
    if protocol == 'quic':
        return 'udp' in protos and length >= minimum
    return ':udp' in protos and length >= minimum

def measure(truth, capture):
    if not truth.get('rehomings') or not os.path.exists(capture):
        return
    seen = sorted(rows(capture), key=lambda r: r[0])
    protocol = {s['id']: s.get('protocol') for s in truth['sessions']}
    iface_of = {a: i['name'] for i in truth['interfaces'] for a in i['addresses']}
    for s in truth['sessions']:
        for l in s['locators']:
            if l.get('iface'):
                iface_of[l['address']] = l['iface']
    previous = collections.defaultdict(lambda: truth['started'])
    previous_to = {}
    for number, r in enumerate(truth['rehomings']):
        if not isinstance(r.get('from'), dict) or not isinstance(r.get('to'), dict):
            continue
        for side in ('to', 'from'):  # any_of: whichever really carried
            p = r[side]
            if 'any_of' in p:
                cands = p.pop('any_of')
                if side == 'from' and previous_to.get(r['session']) in cands:
                    p['local'] = previous_to[r['session']]
                else:
                    us = [(t, {src, dst}) for t, n, src, dst, v in seen if is_payload(protocol.get(r['session']), n, v, 100)]
                    if side == 'to':
                        hit = [c for t, s_ in us if t >= r['t'] for c in cands if c in s_]
                    else:
                        hit = [c for t, s_ in reversed(us) if t <= r['t'] for c in cands if c in s_]
                    p['local'] = hit[0] if hit else cands[0]
                if side == 'to': previous_to[r['session']] = p['local']
                r[side] = {'local': p['local'], 'remote': p['remote']}
        minimum = r.get('min_data_len') or truth.get('min_data_len') or 100
        units = [(t, src, dst) for t, n, src, dst, v in seen if is_payload(protocol.get(r['session']), n, v, minimum)]
        old, new = frozenset(r['from'].values()), frozenset(r['to'].values())
        pair = lambda u: frozenset(u[1:])
        before = [u for u in units if pair(u) == old and u[0] <= r['t'] + 5]
        failed = None
        if r['cause'] in FAILURES:
            local = iface_of.get(r['from'].get('local'))
            # on a busy machine the act takes a while after its time was taken
            until = min([r['t'] + 2] + [later['t'] for later in truth['rehomings'][number + 1:] if later['t'] > r['t']])
            downs = [e['t'] for e in truth['events'] if e['type'] in DOWN and e.get('iface') in (None, local) and previous[r['session']] <= e['t'] <= until]
            failed = downs[-1] if downs else None
        arrived = [u for u in units if pair(u) == new and u[0] >= r['t'] - 0.05 and (failed is None or u[0] > failed)]
        first = arrived[0] if arrived else None
        limit = first[0] if first else r['t']
        if failed is not None:
            limit = min(limit, failed)
        kept = [u for u in before if u[0] <= limit and (first is None or u[0] < first[0])]
        if r['cause'] == 'rloc-probe-failed':  # nothing told us when the remote locator died: its last packet does
            kept = [u for u in kept if u[2] == r['from'].get('local')] or kept
        last = kept[-1] if kept else None
        r['measured'] = {
            'last_data_old_pair': last and last[0], 'first_data_new_pair': first and first[0], 'path_failed': failed,
            'outage_s': round(first[0] - last[0], 6) if first and last else None,
            'delay_after_trigger_s': round(first[0] - r['t'], 6) if first else None}
        # Data that goes on over both pairs is a load share by the rule of moves, and a loss of the acknowledgements only leaves data where it was:
        # such a change is open to reading.
        alive = r['cause'] not in FAILURES or one_way(truth, previous[r['session']], r['t'], first and first[1], iface_of)
        if first and alive and any(pair(u) == old and (u[1] in iface_of) == (first[1] in iface_of) and first[0] + 0.05 < u[0] <= first[0] + 2 for u in units):
            r['optional'] = True
        # A failure of a pair that carried nothing, or one that the data came back from within the capture's last moment, moves nothing that can be told.
        if first and (not kept or first[0] + 0.5 > max(u[0] for u in units)):
            r['optional'] = True
        if first:
            previous[r['session']] = first[0]

def one_way(truth, since, t, sender, iface_of):
    """Was the failure one of the way back only, so that the data itself went on?"""
    downs = [e for e in truth['events'] if e['type'] == 'path-down' and since <= e['t'] <= t + 0.2]
    away = {'out': sender not in iface_of, 'in': sender in iface_of}
    return bool(downs) and away.get(downs[-1].get('direction'), False)

if __name__ == '__main__':
    for path in sys.argv[1:]:
        truth = json.load(open(path, encoding='utf-8'))
        measure(truth, os.path.join(os.path.dirname(path), truth['capture']))
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(truth, f, indent=1)
            f.write('\n')
