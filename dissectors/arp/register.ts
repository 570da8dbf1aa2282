export function registerArp(): void {}
