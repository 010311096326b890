using System.Globalization;

namespace Conpot.Pi.Cli.Capture;

/// <summary><c>conpot-pi capture</c>: what was said, as a file for Wireshark.</summary>
internal static class CaptureVerb
{
    private const string MadeUp = "Made from a sensor's journal. Payloads are the bytes it recorded, times those of its events; "
        + "Ethernet, IP, TCP and UDP headers and the pauses within an exchange are made up around them.";

    public static ExitCode Run(CommandLine line)
    {
        var session = line.Words.FirstOrDefault();
        var source = line.Value("--source");
        if (session is null && source is null && !line.Has("--since"))
        {
            Console.Error.WriteLine("conpot-pi: which packets? name a session ('conpot-pi events' shows them), --source ADDRESS or --since 1d");
            return ExitCode.Usage;
        }
        if (source is not null && !System.Net.IPAddress.TryParse(source, out _))
        {
            Console.Error.WriteLine($"conpot-pi: '{PlainText.Of(source)}' is no address; write --source 192.0.2.7");
            return ExitCode.Usage;
        }
        var path = line.Value("--output") ?? $"conpot-pi-capture-{TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture)}.pcapng";
        if (path == "-" && !Console.IsOutputRedirected)
        {
            Console.Error.WriteLine("conpot-pi: packets are nothing for a terminal; write '-o FILE', or '-o - | wireshark -k -i -'");
            return ExitCode.Usage;
        }
        if (!JournalScan.TryAsk(line, TimeProvider.System, null, out var directory, out var since, out var code)) return code;
        try
        {
            using var scan = JournalScan.Open(line, directory, since, progress: true);
            using var file = new ResultFile(path);
            using var buffered = new BufferedStream(file.Stream, 1 << 16);
            return Write(line, scan, file, buffered, path, session, source);
        }
        catch (UnauthorizedAccessException)
        {
            return JournalScan.Unreachable(directory, "capture");
        }
    }

    private static ExitCode Write(CommandLine line, JournalScan scan, ResultFile file, BufferedStream buffered, string path, string? session, string? source)
    {
        var output = new PcapngWriter(buffered, $"conpot-pi {Hosting.Version.Text}", "conpot-pi", MadeUp);
        var playback = new Playback(output, line.Has("--standard-ports"));
        var address = source is null ? null : System.Net.IPAddress.Parse(source);
        while (scan.TryRead(out var e))
        {
            if (session is not null && e.Session != session) continue;
            if (address is not null && !(System.Net.IPAddress.TryParse(e.SourceIp, out var from) && Same(from, address))) continue;
            playback.Take(e);
        }
        if (scan.IsStopped)
        {
            Console.Error.WriteLine("conpot-pi: stopped; nothing was written");
            return ExitCode.Failed;
        }
        if (output.Packets == 0)
        {
            Console.Error.WriteLine($"conpot-pi: no packet of that in {scan.Directory}; 'conpot-pi events' lists what there is, --journal DIRECTORY names another journal");
            return ExitCode.Failed;
        }
        buffered.Flush();
        file.Complete();
        if (!line.Quiet)
        {
            var without = playback.WithoutBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {playback.WithoutBytes} events have no bytes to show");
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output.Packets} packets of {playback.Sessions} sessions written to {(path == "-" ? "stdout" : path)}{without}"));
        }
        return ExitCode.Ok;
    }

    private static bool Same(System.Net.IPAddress a, System.Net.IPAddress b) => a.MapToIPv6().Equals(b.MapToIPv6());
}
