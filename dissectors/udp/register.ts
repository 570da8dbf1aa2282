export function registerUdp(): void {}
