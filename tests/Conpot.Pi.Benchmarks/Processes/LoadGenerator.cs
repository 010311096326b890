using System.Globalization;
using System.Text.Json;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>What one run of the generator saw; latencies in µs, CPU of the server in µs per request.</summary>
internal sealed record LoadResult(
    long Requests, double Seconds, double Rps, double CpuUs, double P50, double P90, double P99, double P999, double Max,
    long Answered, long Unanswered, long Errors, int Closed);

/// <summary>How many of the connections asked for were opened, answered on, and still open a moment later.</summary>
internal sealed record HoldResult(int Opened, int Answered, int Alive);

/// <summary>Time from exec to the first valid reply.</summary>
internal sealed record FirstResult(long Micros, int Attempts);

/// <summary>The C load generator on its own core.</summary>
internal sealed class LoadGenerator(string program)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    /// <param name="more">Arguments that only this generator knows.</param>
    public LoadResult Run(RigScope scope, RunningServer server, int connections, int depth, IReadOnlyList<string> more, double seconds, double warmup)
    {
        using var child = Start(scope, "run", server.Port, connections, ["-d", $"{depth}", "-s", Text(seconds), "-w", Text(warmup), "-P", $"{server.Pid}", .. more]);
        return Read<LoadResult>(child, TimeSpan.FromSeconds(seconds + warmup));
    }

    /// <summary>An exact number of requests, however long it takes within two minutes.</summary>
    public LoadResult RunRequests(RigScope scope, RunningServer server, int connections, int depth, long requests)
    {
        using var child = Start(scope, "run", server.Port, connections, "-d", $"{depth}", "-n", $"{requests}", "-P", $"{server.Pid}");
        return Read<LoadResult>(child, TimeSpan.FromMinutes(2));
    }

    /// <summary>Load under which <paramref name="meanwhile"/> happens to the server.</summary>
    public LoadResult RunWhile(RigScope scope, RunningServer server, int connections, int depth, double seconds, Action meanwhile)
    {
        using var child = Start(scope, "run", server.Port, connections, "-d", $"{depth}", "-s", Text(seconds));
        meanwhile();
        return Read<LoadResult>(child, TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Runs <paramref name="meanwhile"/> while the connections are held open.</summary>
    public HoldResult Hold(RigScope scope, RunningServer server, int connections, bool ask, Action meanwhile)
    {
        using var child = Start(scope, "hold", server.Port, connections, ask ? ["-s", "60", "-q"] : ["-s", "60"]);
        child.WaitForLine(TimeSpan.FromSeconds(50));
        meanwhile();
        child.EndInput();
        return Read<HoldResult>(child, TimeSpan.FromSeconds(5));
    }

    public FirstResult First(RigScope scope, int port, IReadOnlyList<string> command)
    {
        // Not pinned: a start may use every core it finds, as it will on the Pi.
        using var child = scope.Start([program, "first", "-p", $"{port}", "-s", "15", "--", .. command]);
        return Read<FirstResult>(child, TimeSpan.FromSeconds(15));
    }

    private Child Start(RigScope scope, string mode, int port, int connections, params string[] more) =>
        scope.Start(["taskset", "-c", "1", program, mode, "-p", $"{port}", "-c", $"{connections}", .. more]);

    private static T Read<T>(Child child, TimeSpan expected) =>
        JsonSerializer.Deserialize<T>(child.WaitForOutput(expected + Slack), Json) ?? throw new RigException("the generator printed nothing");

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
