# Common library of the multihoming testbed: sourced by every scenario script.
# Builds a private topology of network namespaces, captures at H on all uplinks, and
# records the ground truth. Needs root. All traffic stays inside the namespaces made here.
#
#                 +--- upA [ A ] ---+          r1
#            [ H ]                  [ I ] ===========  [ R ]   (r1 and r2: R is multihomed)
#                 +--- upB [ B ] ---+   \          r2
#                 +--- upC [ C ] ---+    +--- [ X ] attacker   +--- [ V ] bystander/victim
#
# A, B, C are ISPs: each delegates its own prefix to H and filters sources outside it (ingress
# filtering, with ICMP answers or silently). I is the core, which routes and filters nothing.

set -u
export LC_ALL=C
MH_HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# ---------------------------------------------------------------- parameters (MH_PARAMS overrides)
P6_A=2001:db8:a     P4_A=192.0.2
P6_B=2001:db8:b     P4_B=198.51.100
P6_C=2001:db8:c     P4_C=198.18.3
HID6=10             HID4=10          # H's host part on each uplink
GWID6=1             GWID4=1
R6_1=2001:db8:f1:1::80   R4_1=203.0.113.10
R6_2=2001:db8:f2:1::80   R4_2=203.0.113.74
X6=2001:db8:bad:1::66    X4=203.0.113.138
V6=2001:db8:dead:1::99   V4=203.0.113.202
UPLINK_RATE=8mbit                    # tbf on each uplink, both directions; "" = no limit
FILTER_A=reject FILTER_B=reject FILTER_C=reject     # reject | drop | none
: "${MH_LIMIT:=58}"                    # seconds: hard stop of a scenario
MH_VARIANT=main
[ -n "${MH_PARAMS:-}" ] && . "$MH_PARAMS"
mh_derive() {
  local i p4 p6
  for i in A B C; do
    p6="P6_$i" p4="P4_$i"
    printf -v "H6_$i" '%s:1::%s' "${!p6}" "$HID6"; printf -v "GW6_$i" '%s:1::%s' "${!p6}" "$GWID6"
    printf -v "H4_$i" '%s.%s' "${!p4}" "$HID4";    printf -v "GW4_$i" '%s.%s' "${!p4}" "$GWID4"
  done
}
mh_derive

# ---------------------------------------------------------------- life cycle
mh_begin() { # mh_begin SCENARIO OUTDIR
  SCEN=$1
  [ -n "${2:-}" ] || { echo "usage: $SCEN OUTDIR" >&2; exit 2; }
  [ "$(id -u)" = 0 ] || { echo "$SCEN: needs root" >&2; exit 2; }
  mkdir -p "$2" || exit 2
  OUT="$(cd "$2" && pwd)"
  NP="mh$$"                         # unique namespace prefix
  WORK="$(mktemp -d -t mhlab.XXXXXX)"
  TRUTH="$WORK/truth.log"; : >"$TRUTH"
  MH_PIDS=() MH_NS=() CAP_PID= NL_PID= MH_DONE=0
  trap 'mh_cleanup' EXIT
  trap 'exit 130' INT; trap 'exit 143' TERM
  # hard time limit; on its own TERM it ends its sleep too
  ( trap 'kill $s 2>/dev/null; exit' TERM; sleep "$MH_LIMIT" & s=$!; wait $s && kill -TERM $$ ) 2>/dev/null & MH_WATCH=$!
  rec meta scenario="$SCEN" variant="$MH_VARIANT" started="$EPOCHREALTIME"
}
mh_cleanup() {
  local st=$? n p
  trap - EXIT; set +e
  for p in "${MH_PIDS[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done
  for n in "${MH_NS[@]:-}"; do      # whatever is left inside our own namespaces
    [ -n "$n" ] || continue
    for p in $(ip netns pids "$n" 2>/dev/null); do kill -KILL "$p" 2>/dev/null; done
    ip netns del "$n" 2>/dev/null
  done
  kill -TERM "$MH_WATCH" 2>/dev/null
  [ "${MH_KEEP:-0}" = 1 ] && echo "kept $WORK" >&2 || rm -rf "$WORK"
  wait 2>/dev/null
  [ "$MH_DONE" = 1 ] || { echo "$SCEN: did not finish" >&2; [ $st = 0 ] && st=1; }
  exit $st
}
mh_end() { # stop captures, assemble the truth file
  cap_stop
  rec meta ended="$EPOCHREALTIME"
  python3 "$MH_HERE/truth.py" "$TRUTH" "$OUT/$SCEN.pcapng" >"$OUT/$SCEN.truth.json" || exit 1
  MH_DONE=1
}

# ---------------------------------------------------------------- ground truth
# rec KIND k=v ...      v is a number, true/false/null, JSON when written k:=..., else a string
rec() {
  local k=$1; shift
  { printf '%s\t%s' "$EPOCHREALTIME" "$k"; printf '\t%s' "$@"; printf '\n'; } >>"$TRUTH"
}
ev()     { rec event "type=$1" "${@:2}"; }
say()    { [ "${MH_QUIET:-0}" = 1 ] || echo "[$SCEN] $*" >&2; }

# ---------------------------------------------------------------- namespaces
ns()   { local n=$1; shift; ip netns exec "$NP$n" "$@"; }
nsip() { local n=$1; shift; ip -n "$NP$n" "$@"; }
# nsbg NAME NS CMD...   run in the background inside a namespace; pid in PID_NAME, output in $WORK/NAME.log
nsbg() {
  local name=$1 n=$2; shift 2
  ip netns exec "$NP$n" "$@" >"$WORK/$name.log" 2>&1 &
  printf -v "PID_$name" '%s' "$!"; MH_PIDS+=("$!")
}
nswait() { # nswait NAME SECONDS : wait at most that long for a background program, then end it
  local v="PID_$1" n=$(( $2 * 10 ))
  while kill -0 "${!v}" 2>/dev/null && [ $n -gt 0 ]; do sleep 0.1; n=$((n-1)); done
  kill "${!v}" 2>/dev/null; wait "${!v}" 2>/dev/null
}
wait_port() { # wait_port NS PORT [t|u] : until something listens there (at most 15 s)
  local n=150; while [ $n -gt 0 ] && [ -z "$(ns "$1" ss -Hln${3:-t} "sport = :$2" 2>/dev/null)" ]; do sleep 0.1; n=$((n-1)); done; }
wait_said() { # wait_said NAME WORDS : until a background program has printed that (at most 10 s)
  local n=100; until grep -qs "$2" "$WORK/$1.log" || [ $n = 0 ]; do sleep 0.1; n=$((n-1)); done; }
nsstop() { local v="PID_$1"; kill "${2:--TERM}" "${!v}" 2>/dev/null; wait "${!v}" 2>/dev/null; }

mkns() {
  local n
  for n in "$@"; do
    ip netns add "$NP$n" || { echo "$SCEN: cannot make network namespaces here" >&2; exit 77; }; MH_NS+=("$NP$n")
    ns "$n" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
       net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.all.accept_ra=0 \
       net.ipv6.conf.all.keep_addr_on_down=1 net.ipv6.conf.default.keep_addr_on_down=1 \
       net.ipv6.conf.default.router_solicitations=0 net.ipv4.conf.all.send_redirects=0 \
       net.ipv4.conf.default.send_redirects=0 net.ipv4.ip_no_pmtu_disc=0
    nsip "$n" link set lo up
  done
}
link() { # link NS1 IF1 MAC1 NS2 IF2 MAC2
  ip link add "$2" netns "$NP$1" address "$3" type veth peer name "$5" netns "$NP$4" address "$6" || exit 1
  ns "$1" ethtool -K "$2" tso off gso off gro off tx off rx off >/dev/null 2>&1
  ns "$4" ethtool -K "$5" tso off gso off gro off tx off rx off >/dev/null 2>&1
  nsip "$1" link set "$2" up; nsip "$4" link set "$5" up
}
addr() { # addr NS IF ADDR/LEN...
  local n=$1 i=$2 a; shift 2
  for a in "$@"; do
    case $a in *:*) nsip "$n" -6 addr add "$a" dev "$i" nodad;; *) nsip "$n" addr add "$a" dev "$i" brd +;; esac
  done
}
isp_idx() { case $1 in A) echo 1;; B) echo 2;; C) echo 3;; esac; }

# mh_topo "A B" [X] [V] [lan-A] [bare-H]
#   lan-A: uplink A is a switched LAN with a second host L on it (for attacks on the link)
#   bare-H: give H no addresses nor routes (the scenario does: router advertisements)
mh_topo() {
  local isps=$1 i n x k bare=0 lan= ; shift
  UPLINKS="$isps"
  for x in "$@"; do case $x in bare-H) bare=1;; lan-*) lan+=" ${x#lan-}";; esac; done
  mkns H I R $isps
  local EX=()
  for i in $isps; do
    n=$(isp_idx $i); local p6="P6_$i" p4="P4_$i" gw6="GW6_$i" gw4="GW4_$i" h6="H6_$i" h4="H4_$i"
    case "$lan " in
      *" $i "*)
        link H "up$i" 02:00:00:00:0$n:10 $i ph 02:00:00:00:0$n:f1
        nsip $i link add dn address 02:00:00:00:0$n:01 type bridge mcast_snooping 0
        nsip $i link set ph master dn; nsip $i link set dn up
        ns $i sysctl -qw net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-arptables=0
        mkns L; link L eth0 02:00:00:00:0$n:66 $i pl 02:00:00:00:0$n:f2; nsip $i link set pl master dn ;;
      *) link H "up$i" 02:00:00:00:0$n:10 $i dn 02:00:00:00:0$n:01 ;;
    esac
    link $i core 02:00:00:00:0$n:fe I $i 02:00:00:00:0$n:ff
    ns $i sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    addr $i dn "${!gw6}/64" "${!gw4}/25"
    addr $i core "${!p6}:ffff::1/64" "${!p4}.253/30"
    addr I $i "${!p6}:ffff::2/64" "${!p4}.254/30"
    nsip $i route add default via "${!p4}.254"; nsip $i -6 route add default via "${!p6}:ffff::2"
    nsip I route add "${!p4}.0/24" via "${!p4}.253"; nsip I -6 route add "${!p6}::/48" via "${!p6}:ffff::1"
    if [ -n "$UPLINK_RATE" ]; then
      ns H tc qdisc add dev up$i root tbf rate $UPLINK_RATE burst 8k latency 60ms
      ns $i tc qdisc add dev dn root tbf rate $UPLINK_RATE burst 8k latency 60ms
    fi
    local f="FILTER_$i"; ingress_filter $i "${!f}"
    if [ $bare = 0 ]; then
      addr H up$i "${!h6}/64" "${!h4}/25"
      nsip H route add default via "${!gw4}" dev up$i metric $((100*n))
      nsip H -6 route add default via "${!gw6}" dev up$i metric $((1000+100*n))
      # source-address-based routing: each prefix leaves by its own ISP
      nsip H route add default via "${!gw4}" dev up$i table $((100+n))
      nsip H -6 route add default via "${!gw6}" dev up$i table $((100+n))
      nsip H rule add pref $((100+n)) from "${!p4}.0/24" lookup $((100+n))
      nsip H -6 rule add pref $((100+n)) from "${!p6}::/48" lookup $((100+n))
    fi
  done
  ns I sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  link R r1 02:00:00:00:f1:80 I r1 02:00:00:00:f1:01; link R r2 02:00:00:00:f2:80 I r2 02:00:00:00:f2:01
  for n in 1 2; do
    local r6="R6_$n" r4="R4_$n"; local g6="${!r6%::*}::1" g4; g4="$(gw4 "${!r4}")"
    addr R r$n "${!r6}/64" "${!r4}/26"; addr I r$n "$g6/64" "$g4/26"
    nsip R route add default via $g4 dev r$n metric $((100*n)); nsip R -6 route add default via $g6 dev r$n metric $((1000+100*n))
    nsip R route add default via $g4 dev r$n table $((100+n)); nsip R -6 route add default via $g6 dev r$n table $((100+n))
    nsip R rule add pref $((100+n)) from "${!r4}" lookup $((100+n)); nsip R -6 rule add pref $((100+n)) from "${!r6}" lookup $((100+n))
  done
  for x in "$@"; do
    case $x in X|V)
      local a6="${x}6" a4="${x}4"; local g6="${!a6%::*}::1" g4; g4="$(gw4 "${!a4}")"
      mkns $x; link $x eth0 02:00:00:00:ee:0$([ $x = X ] && echo 6 || echo 9) I ${x,,}0 02:00:00:00:ee:f$([ $x = X ] && echo 6 || echo 9)
      addr $x eth0 "${!a6}/64" "${!a4}/26"; addr I ${x,,}0 "$g6/64" "$g4/26"
      nsip $x route add default via $g4; nsip $x -6 route add default via $g6 ;;
    esac
  done
  # wait for the link-local addresses, then record hosts
  sleep 0.3
  rec_hosts "$@"
}
gw4() { local h=${1##*.}; echo "${1%.*}.$(( (h/64)*64+1 ))"; }   # first address of the /26
rec_hosts() {
  local i n
  for i in $UPLINKS; do
    local p6="P6_$i" p4="P4_$i" gw6="GW6_$i" gw4="GW4_$i" h6="H6_$i" h4="H4_$i" f="FILTER_$i"
    rec iface name=up$i isp=$i host=H "prefixes:=[\"${!p6}::/48\",\"${!p4}.0/24\"]" "gateways:=[\"${!gw6}\",\"${!gw4}\"]" \
        "addresses:=[\"${!h6}\",\"${!h4}\"]" ingress_filter="${!f}" mac="$(ns H cat /sys/class/net/up$i/address)"
  done
  rec host name=R role=remote "addresses:=[\"$R6_1\",\"$R6_2\",\"$R4_1\",\"$R4_2\"]"
  for i in "$@"; do case $i in
    X) rec host name=X role=attacker "addresses:=[\"$X6\",\"$X4\"]";;
    V) rec host name=V role=bystander "addresses:=[\"$V6\",\"$V4\"]";;
    lan-*) rec host name=L role=attacker-on-link "on=up${i#lan-}";;
  esac; done
}
ingress_filter() { # ingress_filter ISP reject|drop|none
  local p6="P6_$1" p4="P4_$1" v6 v4
  ns $1 nft delete table inet ingress 2>/dev/null
  case $2 in none) return;;
    reject) v6='reject with icmpv6 type policy-fail'; v4='reject with icmp type admin-prohibited';;
    drop) v6=drop; v4=drop;; esac
  ns $1 nft -f - <<NFT
table inet ingress {
  chain forward { type filter hook forward priority 0; policy accept;
    iifname "dn" oifname != "dn" ip6 saddr != ${!p6}::/48 counter $v6
    iifname "dn" oifname != "dn" ip saddr != ${!p4}.0/24 counter $v4
  }
}
NFT
}

# ---------------------------------------------------------------- faults
isp_down() { nsip $1 link set dn down; ev link-down iface=up$1 how=carrier-lost; say "carrier of up$1 lost"; }
isp_up()   { nsip $1 link set dn up; sleep 0.05
             local p4="P4_$1" p6="P6_$1"
             nsip $1 route replace default via "${!p4}.254"; nsip $1 -6 route replace default via "${!p6}:ffff::2"
             ev link-up iface=up$1 how=carrier-back; say "carrier of up$1 back"; }
# wait_link NS IF ADDRESS : until ADDRESS answers on IF again after its carrier came back (at most 10 s). Until both ends have
# joined their groups, neighbour solicitations are not answered, and a connection made then fails at once.
wait_link() {
  local n=50; until ns $1 ping -n -q -c1 -W1 -I $2 $3 >/dev/null 2>&1 || [ $n = 0 ]; do sleep 0.2; n=$((n-1)); done; }
blackhole() { # blackhole ISP on|off [both|in|out]  silent loss inside the ISP, carrier stays up
  local d=${3:-both} r=
  ns $1 nft delete table inet hole 2>/dev/null
  if [ $2 = on ]; then
    [ $d != out ] && r+='oifname "dn" drop;'; [ $d != in ] && r+='iifname "dn" drop;'
    ns $1 nft "add table inet hole; add chain inet hole f { type filter hook forward priority -5; }"
    [ $d != out ] && ns $1 nft add rule inet hole f oifname dn drop
    [ $d != in ] && ns $1 nft add rule inet hole f iifname dn drop
    ev path-down isp=$1 iface=up$1 how=blackhole direction=$d; say "ISP $1 blackholed ($d)"
  else ev path-up isp=$1 iface=up$1 how=blackhole-ended; say "ISP $1 forwards again"; fi
}

# ---------------------------------------------------------------- capture at H
cap_start() { # cap_start [extra dumpcap args]
  local a=() i n=50
  for i in $UPLINKS; do a+=(-i up$i); done
  nsbg nl H ip -ts monitor link address route neigh rule
  NL_PID=$PID_nl
  rm -f "$OUT/$SCEN.pcapng"
  if [ -n "${MH_LIVE:-}" ]; then   # the product captures instead: MH_LIVE="node .../rehome.mjs"; its events beside the capture
    rm -f "$OUT/$SCEN.events.jsonl"
    ip netns exec "${NP}H" $MH_LIVE capture "${a[@]}" "$@" -w "$OUT/$SCEN.pcapng" --json >"$OUT/$SCEN.events.jsonl" 2>"$WORK/cap.log" &
    PID_cap=$!; MH_PIDS+=("$!")
  else
    nsbg cap H dumpcap -q -n "${a[@]}" "$@" -w "$OUT/$SCEN.pcapng"
  fi
  CAP_PID=$PID_cap
  if [ -n "${MH_LIVE:-}" ]; then   # the file is there before packets are taken: what counts is what the product says
    n=300; until grep -qs capture-started "$OUT/$SCEN.events.jsonl" || [ $n = 0 ]; do sleep 0.1; n=$((n-1)); done
  else
    while [ ! -s "$OUT/$SCEN.pcapng" ] && [ $n -gt 0 ]; do sleep 0.1; n=$((n-1)); done
  fi
  [ $n -gt 0 ] || { echo "$SCEN: the capture did not begin" >&2; cat "$WORK/cap.log" >&2; exit 1; }
  sleep 0.6
  rec meta capture_started="$EPOCHREALTIME"
}
cap_stop() {
  [ -n "$CAP_PID" ] || return 0
  sleep 0.4
  rec meta capture_stopped="$EPOCHREALTIME"
  kill -INT "$CAP_PID" 2>/dev/null; wait "$CAP_PID" 2>/dev/null
  [ -n "${MH_LIVE:-}" ] && cat "$WORK/cap.log" >&2
  chmod 644 "$OUT/$SCEN.pcapng"
  [ -n "$NL_PID" ] && { kill "$NL_PID" 2>/dev/null; wait "$NL_PID" 2>/dev/null; cp "$WORK/nl.log" "$OUT/$SCEN.netlink.txt"; }
  CAP_PID= NL_PID=
}
applog() { # applog SESSION FILE [truth kinds]: take over "@ KIND k=v ..." lines that a test program printed
  local l
  while IFS= read -r l; do
    [[ $l == "@ "* ]] || continue
    l=${l#@ }; local t=${l%% *}; l=${l#* }; printf '%s\t%s\tsession=%s\n' "$t" "${l// /$'\t'}" "$1" >>"$TRUTH"
  done <"$WORK/$2.log"
}
