/* flood SOURCE DESTINATION PACKETS RATE BYTES: UDP datagrams to port 9 at a steady rate, numbered in their first four bytes;
   prints how many the kernel took and how long it lasted. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 25

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  long packets = atol(argv[3]), sent = 0;
  double rate = atof(argv[4]);
  int bytes = atoi(argv[5]);
  int s = socket(AF_INET, SOCK_DGRAM, 0), room = 32 << 20;
  setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(40100)}, to = {.sin_family = AF_INET, .sin_port = htons(9)};
  if (inet_pton(AF_INET, argv[1], &from.sin_addr) != 1 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) return 2;
  if (bind(s, (struct sockaddr *)&from, sizeof from) || connect(s, (struct sockaddr *)&to, sizeof to)) return 1;
  unsigned char *memory = calloc(BATCH, bytes);
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){memory + i * bytes, bytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  double begin = now();
  while (sent < packets) {
    int most = packets - sent < BATCH ? packets - sent : BATCH;
    for (int i = 0; i < most; i++) {
      uint32_t number = htonl(sent + i);
      memcpy(memory + i * bytes, &number, 4);
    }
    double wait = begin + sent / rate - now();
    if (wait > 0.00005) {
      struct timespec pause = {0, wait * 1e9};
      nanosleep(&pause, NULL);
    }
    int took = sendmmsg(s, messages, most, 0);
    if (took > 0) sent += took;
  }
  printf("%ld %.3f\n", sent, now() - begin);
  return 0;
}
