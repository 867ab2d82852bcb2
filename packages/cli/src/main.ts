console.log("audit", process.version);
