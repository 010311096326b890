using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Hardware;

/// <summary>One PWM channel of the kernel, through sysfs (Documentation/driver-api/pwm.rst).</summary>
/// <remarks>
/// System.Device.Pwm's channel opens and writes three files for every duty cycle, and says neither which overlay is missing nor who may write.
/// </remarks>
internal sealed class PwmChannel : IDisposable
{
    private readonly SafeFileHandle _duty;
    private readonly string _name;

    private PwmChannel(SafeFileHandle duty, string name) => (_duty, _name) = (duty, name);

    /// <exception cref="IOException">It cannot be had; the message names the remedy.</exception>
    public static PwmChannel Open(string root, PwmLine line, long high)
    {
        var (chip, channel) = Find(root, line);
        var name = $"/sys/class/pwm/pwmchip{chip}";
        var directory = Path.Join(root, name, $"pwm{channel}");
        try
        {
            if (!Directory.Exists(directory)) File.WriteAllText(Path.Join(root, name, "export"), Text(channel));
            // The kernel refuses a duty cycle longer than the period, so the old one goes first; a shorter one stays, as an active-low output would be on for a moment.
            if (IsLonger(Path.Join(directory, "duty_cycle"), line.PeriodNanoseconds)) ClearDuty(Path.Join(directory, "duty_cycle"));
            File.WriteAllText(Path.Join(directory, "period"), Text(line.PeriodNanoseconds));
            File.WriteAllText(Path.Join(directory, "duty_cycle"), Text(high));
            File.WriteAllText(Path.Join(directory, "enable"), "1");
            return new PwmChannel(File.OpenHandle(Path.Join(directory, "duty_cycle"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite), $"{name}/pwm{channel}");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{name} may not be written by this user; add it to the group gpio (sudo usermod -aG gpio {Environment.UserName}) and log in again", e);
        }
        catch (IOException e)
        {
            throw new IOException($"{name} has no channel {channel} to give, or another program has it ({e.Message}); end that program, or name another with chip and channel", e);
        }
    }

    /// <exception cref="IOException">The chip is gone.</exception>
    public void Write(long high)
    {
        Span<byte> text = stackalloc byte[24];
        high.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        text[length++] = (byte)'\n';
        try
        {
            RandomAccess.Write(_duty, text[..length], 0);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{_name} may not be written any more ({e.Message})", e);
        }
    }

    public void Dispose() => _duty.Dispose();

    /// <summary>Or nobody knows.</summary>
    private static bool IsLonger(string path, long period)
    {
        try
        {
            return !long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var duty) || duty > period;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>A channel that was never used has no period yet, and kernels before 6.11 or so then refuse even a zero: there is nothing to clear.</summary>
    private static void ClearDuty(string path)
    {
        try
        {
            File.WriteAllText(path, "0");
        }
        catch (IOException)
        {
            // What is really wrong shows in the writes behind this one.
        }
    }

    /// <summary>On a Pi 5 the header's four pins are four channels of one block; before it, two pins share each of two channels.</summary>
    private static (int Chip, int Channel) Find(string root, PwmLine line)
    {
        if (line is { Chip: { } chip, Channel: { } channel }) return (chip, channel);
        var chips = Directory.Exists(Path.Join(root, "sys/class/pwm"))
            ? Directory.EnumerateFileSystemEntries(Path.Join(root, "sys/class/pwm"), "pwmchip*").OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal).ToArray()
            : [];
        foreach (var path in chips)
        {
            var block = BlockOf(path);
            if (block == Block.Other) continue;
            var number = int.Parse(Path.GetFileName(path).AsSpan("pwmchip".Length), NumberStyles.None, CultureInfo.InvariantCulture);
            return (number, Array.IndexOf(PwmText.Pins, line.Bcm) % (block == Block.Rp1 ? 4 : 2));
        }
        throw new IOException($"there is no PWM for {HeaderPins.Describe(line.Bcm)}; write dtoverlay={Overlay(line.Bcm)} into /boot/firmware/config.txt and restart, or name another one with chip and channel"
            + (chips.Length > 0 ? $" (there are: {string.Join(", ", chips.Select(Path.GetFileName))})" : ""));
    }

    /// <summary>Alternate function 0 for 12 and 13, 5 for 18 and 19 (/boot/firmware/overlays/README, "pwm").</summary>
    private static string Overlay(int bcm) => bcm is 12 or 13 ? $"pwm,pin={bcm},func=4" : $"pwm,pin={bcm},func=2";

    private enum Block { Bcm, Rp1, Other }

    private static Block BlockOf(string chip)
    {
        try
        {
            var compatible = File.ReadAllText(Path.Join(chip, "device/of_node/compatible"));
            if (compatible.Contains("brcm,bcm2835-pwm", StringComparison.Ordinal)) return Block.Bcm;
            if (!compatible.Contains("rp1-pwm", StringComparison.Ordinal)) return Block.Other;
            // The Pi 5 has two such blocks; the other one (…9c000) drives the fan.
            var device = new DirectoryInfo(Path.Join(chip, "device")).ResolveLinkTarget(returnFinalTarget: true)?.Name ?? "";
            return device.Contains("9c000", StringComparison.Ordinal) ? Block.Other : Block.Rp1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Block.Other;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
