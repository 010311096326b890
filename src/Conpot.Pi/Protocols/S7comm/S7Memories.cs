namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What outlives a change of the settings: the CPU's blocks, the files of what was downloaded, and the wish to start again.</summary>
internal sealed record S7Memories(S7Blocks Blocks, DownloadStore Downloads, ReturnToRun Return);
