using Conpot.Pi.Config;
using Conpot.Pi.Events;

namespace Conpot.Pi.Hosting;

/// <content>The settings: read again at SIGHUP, and what is in force while the file is bad.</content>
internal sealed partial class Sensor
{
    /// <summary>Null where a bad file is no sensor: without "run --last-good".</summary>
    public LastGood? LastGood { get; init; }

    /// <summary>Why the last reload was refused; null when it was taken.</summary>
    public string? Refused { get; private set; }

    public string? SettingsFile => _source.Path;

    /// <summary>Reads the configuration again and takes it, or keeps the old one and says why.</summary>
    public void Reload()
    {
        lock (_changing)
        {
            if (_loop is null) return; // it has just stopped
            var errors = new ConfigErrors();
            var next = ReadAgain(errors, out var problem);
            foreach (var error in errors.InOrder) _complain(error.ToString());
            if (next is not null) problem = TryTake(next);
            _lights!.Trouble("settings", problem is not null);
            Refused = problem;
            Settle(next, errors, problem);
            if (problem is null) _say("configuration taken");
            else _complain("configuration refused; the old one goes on: " + (errors.Any ? "see above" : problem));
            if (next is not null && !ReferenceEquals(next.Cpu, _plan.Cpu)) next.Cpu.Dispose();
            if (next is not null && problem is not null)
                foreach (var sink in next.Sinks) Events.Forwarders.Discard(sink);
            var line = _journal!.Begin(EventCatalog.SensorConfig, null, problem is null ? Outcome.Success : Outcome.Failure);
            line.Text("profile"u8, _plan.Profile.Name);
            if (problem is null) line.Text("listening"u8, Listening);
            else line.Text("problem"u8, problem, 2048);
            _journal.End(ref line);
        }
    }

    /// <summary>Null with either errors or a problem.</summary>
    private SensorPlan? ReadAgain(ConfigErrors errors, out string? problem)
    {
        try
        {
            var next = SensorPlan.Read(_source, _plan, _time, create: true, errors);
            problem = next is null ? Hosting.LastGood.At(errors.InOrder) : null;
            return next;
        }
        catch (IOException e)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>A start with other settings than the file's is told like a refused reload: SF, and an event.</summary>
    private void TellStanding()
    {
        if (LastGood is not { Problem: { } problem, Standing: not Standing.File }) return;
        _lights!.Trouble("settings", true);
        var line = _journal!.Begin(EventCatalog.SensorConfig, null, Outcome.Failure);
        line.Text("profile"u8, _plan.Profile.Name);
        line.Text("in_force"u8, LastGood.Standing == Standing.LastGood ? "last-good" : "built-in");
        line.Text("problem"u8, problem, 2048);
        _journal.End(ref line);
    }

    /// <summary>What the sensor has started with, or taken, is what a bad file falls back to.</summary>
    private void KeepSettings()
    {
        if (LastGood is { Standing: Standing.File } settings && settings.Keep(_plan) is { } trouble) _complain(trouble);
    }

    private void Settle(SensorPlan? next, ConfigErrors errors, string? problem)
    {
        if (LastGood is not { } settings) return;
        string? trouble = null;
        if (errors.Any) trouble = settings.Refuse([.. errors.InOrder]);
        else if (problem is not null) settings.Postpone(problem);
        else trouble = settings.Keep(next!);
        if (trouble is not null) _complain(trouble);
    }
}
