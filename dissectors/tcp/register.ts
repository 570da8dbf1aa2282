export function registerTcp(): void {}
