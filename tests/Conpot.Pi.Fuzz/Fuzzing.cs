using System.Globalization;
using System.Runtime.InteropServices;
using Conpot.Pi.Fuzz.Targets;

namespace Conpot.Pi.Fuzz;

/// <summary>The list of targets, and the runs over them.</summary>
internal static class Fuzzing
{
    public static readonly IReadOnlyDictionary<string, Func<ITarget>> Targets = new Dictionary<string, Func<ITarget>>
    {
        ["modbus"] = () => new ModbusTarget(),
        ["s7comm"] = () => new S7Target(),
        ["http"] = () => new HttpTarget(),
        ["snmp"] = () => new SnmpTarget(),
        ["unreachable"] = () => new UnreachableTarget(),
        ["settings"] = () => new SettingsTarget(),
        ["stl"] = () => new StlTarget(),
        ["journal"] = () => new JournalTarget(),
    };

    /// <returns>0 when nothing was found, else 1.</returns>
    public static int Run(TimeSpan length, IReadOnlyList<string> names)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Stop(c, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Stop(c, stop));
        var findings = 0;
        foreach (var name in names)
        {
            if (stop.IsCancellationRequested) break;
            using var target = Targets[name]();
            using var campaign = new Campaign(target, Path.Combine("out", "fuzz", name), stop.Token);
            findings += campaign.Run(length);
            Console.WriteLine(campaign.Summary);
        }
        Scratch.Delete();
        return findings == 0 ? 0 : 1;
    }

    /// <summary>Files as the corpus and the findings have them; the target is the folder's name.</summary>
    public static int Replay(IReadOnlyList<string> files)
    {
        var failed = 0;
        Recorder.Told = Console.WriteLine;
        foreach (var file in files.Where(f => !f.EndsWith(".txt", StringComparison.Ordinal)))
        {
            var name = Path.GetFullPath(file).Split(Path.DirectorySeparatorChar).LastOrDefault(Targets.ContainsKey);
            if (name is null)
            {
                Console.Error.WriteLine($"fuzz: {file} is in no folder with a target's name; move it to out/fuzz/TARGET");
                return 2;
            }
            using var target = Targets[name]();
            var input = Input.FromBytes(File.ReadAllBytes(file));
            Console.WriteLine(target.Show(input));
            try
            {
                var answer = target.Run(input, null);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.Replies.Length} bytes came back: {Convert.ToHexString(answer.Replies)}"));
                for (var seed = 0; target.IsStream && seed < 4; seed++) Campaign.Compare(target, input, answer, seed);
            }
            catch (Exception e)
            {
                failed++;
                Console.WriteLine(e);
            }
        }
        Scratch.Delete();
        return failed == 0 ? 0 : 1;
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}
