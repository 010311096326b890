using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>A statement list: compiled, and what compiles is scanned; every scan ends and stays within the memory.</summary>
internal sealed class StlTarget() : TextTarget("stl")
{
    public override IEnumerable<Input> Seeds => Texts(".awl").Append(Input.OfLines(0, Encoding.UTF8.GetBytes("""
        ORGANIZATION_BLOCK MAIN:OB1
        BEGIN
        Network 1 // all kinds
        LD I0.0
        O Q0.0
        AN I0.1
        EU
        = Q0.0
        LDN SM0.1
        LPS
        A M0.0
        S Q0.1, 3
        LRD
        R M1.0, 8
        LPP
        CALL SBR0
        LD SM0.5
        TON T37, 50
        LD T37
        LD SM0.1
        CTU C5, 10
        LDW>= VW10, +100
        MOVW VW10, VW12
        LDR< VD20, 1.5
        *R 2.0, VD20
        LDD= VD0, 0
        /I VW2, VW4
        BMB VB0, VB100, 20
        LDS 1
        ALD
        JMP 1
        +I 1, VW0
        LBL 1
        FOR VW100, 1, 100
        INCW VW102
        NEXT
        LD SM0.0
        MOVD &VB200, VD300
        MOVB *VD300, VB301
        END_ORGANIZATION_BLOCK
        SUBROUTINE_BLOCK SBR_0:SBR0
        BEGIN
        LD SM0.0
        INCB VB5
        CRET
        END_SUBROUTINE_BLOCK
        """)));

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. Mnemonics.All.Keys.Select(k => Encoding.ASCII.GetBytes("\n" + k + " ")),
        .. Split("I0.0¦Q15.7¦Q16.0¦M31.7¦VW0¦VW10238¦VW10239¦VD10236¦VB10239¦*VD0¦&VB0¦*AC1¦AC0¦AC3¦LB0¦LD60¦T0¦T37¦T255¦C0¦C255¦AIW62¦AQW0¦SMB28¦SM0.5¦HC0¦, ¦+100¦-32768¦32768¦16#FFFF¦2#1010¦1.5e38¦-0.0¦NaN¦'A'¦//¦Network 1\n¦\"\n¦:¦;¦\n¦\t¦SBR0¦SBR63¦999999999999¦é¦\0"),
    ];

    protected override bool Read(byte[] text, ConfigErrors errors)
    {
        var program = StlProgram.Parse("fuzz.awl", text, MemoryMap.LargestV, errors);
        if (program is null) return false;
        Violation.Unless(program.Code.Length <= 8 * StlProgram.MostInstructions, "a program longer than its text");
        var image = new ProcessImage();
        var machine = new StlMachine(program);
        machine.EnterRun(image);
        for (var scan = 1; scan <= 3; scan++)
        {
            image.Write(new Address(Area.SM, Width.Bit, 0, 0), 1);
            _ = machine.Scan(image, new ScanMoment(scan * 0.1, 0.1));
            image.Write(new Address(Area.I, Width.Word, 0), (uint)(0x5A5A >> scan));
        }
        return true;
    }
}
