using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Conpot.Pi.Fuzz;

/// <summary>One target for a time: seeds, the corpus of earlier runs, then mutations of what went somewhere new; findings are made small, shown and kept.</summary>
internal sealed class Campaign : IDisposable
{
    /// <summary>On a machine that does nothing else an execution takes microseconds; this long thrice over is no noise.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);

    /// <summary>After this long it will not come back.</summary>
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(60);

    /// <summary>Of the managed heap, in one execution and for good.</summary>
    private const long MostAllocated = 64 << 20, MostGrown = 128 << 20;

    private readonly ITarget _target;
    private readonly string _folder;
    private readonly CancellationToken _stop;
    private readonly Random _random;
    private readonly Corpus _corpus;
    private readonly Mutator _mutator;
    private readonly HashSet<string> _found = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly FileStream _current;
    private readonly Timer _watch;
    private long _executions, _watched, _heap, _baseline = -1;

    public Campaign(ITarget target, string folder, CancellationToken stop)
    {
        (_target, _folder, _stop) = (target, folder, stop);
        Coverage.Forget();
        Signatures.Forget();
        _random = new Random(Environment.TickCount);
        _corpus = new Corpus(Path.Combine(folder, "corpus"), _random);
        _mutator = new Mutator(target, _random);
        Directory.CreateDirectory(folder);
        var current = Path.Combine(folder, "current");
        if (File.Exists(current) && new FileInfo(current).Length > 0)
        {
            // What ran when the process ended otherwise than by itself: a stack overflow or SIGKILL leaves no exception.
            File.Move(current, Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "findings")).FullName, "ended-the-process"), overwrite: true);
            Console.WriteLine($"fuzz {target.Name}: the run before did not end by itself; what ran then: scripts/fuzz.sh replay {folder}/findings/ended-the-process");
        }
        _current = new FileStream(current, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        _watch = new Timer(_ => Watch(), null, Hung, Hung);
    }

    public string Summary { get; private set; } = "";

    /// <returns>How many things were found.</returns>
    public int Run(TimeSpan length)
    {
        var kept = _corpus.Kept.ToList();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        foreach (var seed in _target.Seeds) Try(seed, always: true, keep: false);
        // The shortest come first; what shows no more than they do is let go.
        foreach (var (file, input) in kept)
            if (!Try(input, always: false, keep: false))
                File.Delete(file);
        var atStart = Coverage.Edges;
        var told = TimeSpan.Zero;
        while (_clock.Elapsed < length && !_stop.IsCancellationRequested)
        {
            Try(_mutator.Of(_corpus.Next(), _corpus.Any), always: false, keep: true);
            if (_executions % 20_000 == 0) LookAtHeap();
            if (_clock.Elapsed - told < TimeSpan.FromSeconds(60)) continue;
            told = _clock.Elapsed;
            Console.Error.WriteLine(Figures(cpu, atStart));
        }
        Summary = Figures(cpu, atStart);
        return _found.Count;
    }

    private string Figures(TimeSpan cpu, int atStart)
    {
        var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return string.Create(CultureInfo.InvariantCulture,
            $"fuzz {_target.Name}: {_clock.Elapsed.TotalSeconds:0} s ({used.TotalSeconds:0} s of CPU), {_executions} executions, {_executions / used.TotalSeconds:0} per CPU second, {Coverage.Edges} edges ({Coverage.Edges - atStart} more than the seeds and the corpus), {Signatures.Count} signatures, {_corpus.Count} inputs, heap {_heap >> 20} MiB, {_found.Count} findings");
    }

    /// <returns>Whether it showed something new.</returns>
    private bool Try(Input input, bool always, bool keep)
    {
        try
        {
            var answer = Execute(input);
            // Each that is kept, and some of the others, in other pieces as well.
            var isNew = Coverage.Take() | Signatures.Take();
            if (_target.IsStream && (isNew || _random.Next(8) == 0)) Compare(_target, input, answer, _random.Next());
            if (isNew || always) _corpus.Add(input, keep);
            return isNew;
        }
        catch (Exception e)
        {
            Coverage.Take();
            Found(input, e);
            return false;
        }
    }

    private Answer Execute(Input input)
    {
        _executions++;
        var bytes = input.ToBytes();
        RandomAccess.Write(_current.SafeFileHandle, bytes, 0);
        if (_current.Length > bytes.Length) _current.SetLength(bytes.Length);
        Coverage.Begin();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var took = Timed(input, out var answer);
        Violation.Unless(GC.GetAllocatedBytesForCurrentThread() - allocated < MostAllocated, "it allocates much");
        for (var again = 0; took > Slow && again < 2; again++) took = TimeSpan.FromTicks(Math.Min(took.Ticks, Timed(input, out _).Ticks));
        Violation.Unless(took <= Slow, "it takes long");
        return answer;
    }

    /// <summary>How long the target took: in processor time where that is less, because others on the machine can make anything long.</summary>
    private TimeSpan Timed(Input input, out Answer answer)
    {
        var (began, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        answer = _target.Run(input, null);
        var took = Stopwatch.GetElapsedTime(began);
        return took <= Slow ? took : TimeSpan.FromTicks(Math.Min(took.Ticks, (Environment.CpuUsage.TotalTime - used).Ticks));
    }

    /// <summary>The same bytes cut in other places must be answered, closed and recorded alike.</summary>
    public static void Compare(ITarget target, Input input, Answer whole, int seed)
    {
        var cut = target.Run(input, new Random(seed));
        Violation.Unless(whole.Replies.AsSpan().SequenceEqual(cut.Replies), "another reply to the same bytes in other pieces", $"{Convert.ToHexString(whole.Replies)} and {Convert.ToHexString(cut.Replies)}");
        Violation.Unless(whole.Events == cut.Events, "other events for the same bytes in other pieces");
    }

    private void Found(Input input, Exception e)
    {
        var kind = KindOf(e);
        if (!_found.Add(kind)) return;
        Console.Error.WriteLine($"fuzz {_target.Name}: FOUND {kind}; making it small");
        var small = Minimiser.Of(input, smaller => Shows(smaller, kind));
        var findings = Directory.CreateDirectory(Path.Combine(_folder, "findings")).FullName;
        var file = Path.Combine(findings, Convert.ToHexStringLower(SHA256.HashData(small.ToBytes()))[..16]);
        File.WriteAllBytes(file, small.ToBytes());
        File.WriteAllText(file + ".txt", $"# {kind}\n{_target.Show(small)}\n{e}\n");
        Console.WriteLine($"FOUND in {_target.Name}: {kind}\n{_target.Show(small)}\n{e}\nkept: {file}");
    }

    private bool Shows(Input input, string kind)
    {
        try
        {
            var answer = Execute(input);
            if (_target.IsStream)
                for (var seed = 0; seed < 4; seed++)
                    Compare(_target, input, answer, seed);
            return false;
        }
        catch (Exception e)
        {
            return KindOf(e) == kind;
        }
    }

    /// <summary>The rule, or the exception with the first place in the product that it came by.</summary>
    private static string KindOf(Exception e) => e is Violation violation
        ? violation.Kind
        : $"{e.GetType().Name} {e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Conpot.Pi.", StringComparison.Ordinal) && !l.Contains("Conpot.Pi.Fuzz", StringComparison.Ordinal))?.Trim().Split(" in ")[0]}";

    private void LookAtHeap()
    {
        _heap = GC.GetTotalMemory(forceFullCollection: true);
        if (_baseline < 0) _baseline = _heap;
        if (_heap - _baseline > MostGrown && _found.Add("the heap grows")) Console.WriteLine($"FOUND in {_target.Name}: the heap grows, {_baseline >> 20} to {_heap >> 20} MiB with {_corpus.Count} inputs");
    }

    private void Watch()
    {
        var executions = Interlocked.Read(ref _executions);
        if (executions == _watched && _found.Count == 0)
        {
            Console.WriteLine($"FOUND in {_target.Name}: an execution does not end; scripts/fuzz.sh replay {_folder}/current");
            Environment.Exit(3); // "current" stays, and the next run keeps it
        }
        _watched = executions;
    }

    public void Dispose()
    {
        _watch.Dispose();
        _current.SetLength(0);
        _current.Dispose();
    }
}
